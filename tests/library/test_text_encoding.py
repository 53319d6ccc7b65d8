"""Known texts in old and new encodings; what is damaged, short or hostile still gives a text."""

from __future__ import annotations

import codecs
import random
from pathlib import Path

import pytest

from mediarec.library import text_encoding
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.delimited_text import read_lines
from mediarec.library.importers.nfo import read_nfo
from mediarec.library.importers.source import Source
from mediarec.library.text_encoding import decode_text, find_encoding

FRENCH = "Le Fabuleux Destin d'Amélie Poulain\nÀ bout de souffle\nLa Règle du jeu\nÊtre et avoir\n"
SWEDISH = "Smultronstället\nLåt den rätte komma in\nSå som i himmelen\n"
SPANISH = "Mujeres al borde de un ataque de nervios\n¡Átame!\nEl espíritu de la colmena\nLa niña de tus ojos\n"
POLISH = "Popiół i diament\nNóż w wodzie\nKrótki film o miłości\nŻycie jako śmiertelna choroba\n"
RUSSIAN = "Иваново детство\nЛетят журавли\nЗеркало\nБриллиантовая рука\n"
GREEK = "Μια αιωνιότητα και μια μέρα\nΤοπίο στην ομίχλη\nΤο βλέμμα του Οδυσσέα\n"
JAPANESE = "千と千尋の神隠し\nもののけ姫\n七人の侍\n風の谷のナウシカ\n"
CHINESE = "霸王别姬\n卧虎藏龙\n花样年华\n大红灯笼高高挂\n"
KOREAN = "올드보이\n살인의 추억\n봄 여름 가을 겨울 그리고 봄\n"
TEXTS = (
    (FRENCH, "cp1252"), (FRENCH, "latin-1"), (SWEDISH, "cp1252"), (SPANISH, "latin-1"), (POLISH, "cp1250"),
    (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (GREEK, "cp1253"), (JAPANESE, "shift_jis"), (CHINESE, "gb18030"),
    (KOREAN, "cp949"),
)  # fmt: skip
each_text = pytest.mark.parametrize(("text", "encoding"), TEXTS)


@each_text
def test_a_few_titles_are_read_in_their_code_page(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)) == text


@each_text
def test_ascii_lines_around_them_change_nothing(text: str, encoding: str) -> None:
    table = "date,title\n" * 5000 + text + "2024-01-01,Heat\n" * 5000
    assert decode_text(table.encode(encoding)) == table


@each_text
def test_damage_costs_only_the_damaged_characters(text: str, encoding: str) -> None:
    raw = (text * 20).encode(encoding) + b"\n" + b"\x81\x98\xff\n" + (text * 20).encode(encoding)
    assert decode_text(raw).count(text) == 40


@each_text
@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_distinguished_from_every_code_page(text: str, encoding: str, form: str) -> None:
    assert decode_text(text.encode(form)) == text
    assert decode_text(text.encode(form), likely=encoding) == text


@pytest.mark.parametrize("form", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_bom_is_detected_by_zero_bytes(form: str) -> None:
    assert decode_text(("date,title\n" + FRENCH).encode(form)) == "date,title\n" + FRENCH


@pytest.mark.parametrize("text", ["Café", "Für Elise", "Où est la forêt ?", "¿Qué?", "Smultronstället", "Señor"])
def test_a_short_text_with_an_accent_is_western(text: str) -> None:
    assert decode_text(text.encode("cp1252")) == text


def test_the_likely_encoding_decides_ambiguous_bytes() -> None:
    raw = "Gdzie jest łódź".encode("cp1250")
    assert decode_text(raw, likely="cp1250") == "Gdzie jest łódź"
    assert decode_text(raw) != "Gdzie jest łódź"  # three letters are too few to guess from


def test_a_declaration_precedes_utf_8_unless_it_cannot_decode() -> None:
    raw = "Ã©tude".encode("cp1252")
    assert decode_text(raw) == "étude"
    assert decode_text(raw, declared="iso-8859-1") == "Ã©tude"
    assert decode_text(RUSSIAN.encode("cp1251"), declared="utf-8") == RUSSIAN
    assert decode_text(RUSSIAN.encode(), declared="utf-16") == RUSSIAN


@pytest.mark.parametrize("name", ["zlib", "rot13", "punycode", "idna", "unicode_escape", "utf-7", "undefined", "x\x00"])
def test_a_declared_codec_that_is_no_code_page_is_not_run(name: str) -> None:
    assert decode_text(b"Caf\xe9 +AGE-", declared=name) == "Café +AGE-"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 5000,
        b"\xff" * 5000,
        b"\x81\n" * 5000,
        codecs.BOM_UTF16_LE + b"a",
        random.Random(1).randbytes(5000),
    ],
)
def test_bytes_of_any_kind_give_a_text(raw: bytes) -> None:
    assert decode_text(raw).encode("utf-8") is not None
    assert len(decode_text(raw)) <= len(raw)


def test_zero_bytes_at_the_start_are_not_utf_16() -> None:
    assert decode_text(b"\x00" * 400 + FRENCH.encode()).strip("\x00") == FRENCH


def test_a_long_text_is_judged_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    import charset_normalizer

    seen: list[int] = []
    plain = charset_normalizer.from_bytes

    def watch(sample: bytes, **options: object) -> charset_normalizer.CharsetMatches:
        seen.append(len(sample))
        return plain(sample, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(charset_normalizer, "from_bytes", watch)
    for gap in ("\n", " "):
        long = gap.join(["слово"] * 400_000)
        assert decode_text(("plain " * 100_000 + long).encode("cp1251")).endswith(long)
    assert seen and max(seen) <= text_encoding.PART_BYTES + text_encoding.LONGEST_LINE + 1


def test_a_character_cut_by_the_end_of_the_probe_changes_nothing() -> None:
    raw = ("é" * 1000).encode()
    assert find_encoding(raw[:-1], is_cut=True) == find_encoding(raw) == "utf-8-sig"


@each_text
def test_an_export_is_read_line_by_line_in_its_code_page(text: str, encoding: str, tmp_path: Path) -> None:
    odd = "Zoë".encode()  # one line of Unicode in between
    (tmp_path / "x.csv").write_bytes(text.encode(encoding) + odd + b"\n" + text.encode(encoding))
    lines = [line.text for line in read_lines(Source(tmp_path / "x.csv"), "x.csv")]
    assert lines == [*text.splitlines(), "Zoë", *text.splitlines()]


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251"),
        ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', "cp1251"),
        ("", "cp1251"),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-16"),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-8"),
    ],
)
def test_an_nfo_is_read_however_it_was_saved(head: str, encoding: str) -> None:
    plot = RUSSIAN.replace("\n", " ").strip()
    work = read_nfo(f"{head}\n<movie><title>Зеркало</title><plot>{plot}</plot></movie>".encode(encoding))
    assert (work.title, work.synopsis) == ("Зеркало", plot)


def test_entities_are_refused_in_utf_16_too() -> None:
    xml = '<!DOCTYPE x [<!ENTITY a "b">]><movie><title>&a;</title></movie>'
    with pytest.raises(NotUnderstoodError, match="entities"):
        read_nfo(xml.encode("utf-16"))
