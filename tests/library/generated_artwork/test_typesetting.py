"""Titles of every script the bundled fonts hold: what is drawn of them, from which font, and where a line may end."""

import pytest
from PIL import Image

from mediarec.library.generated_artwork.typefaces import (
    ARABIC,
    CHINESE,
    EAST_ASIAN,
    FOLDER,
    FONTS,
    HEBREW,
    LATIN,
    MOST_LETTERS,
    drawable_text,
    is_chinese,
    is_right_to_left,
    list_runs,
)
from mediarec.library.generated_artwork.typesetting import (
    Setting,
    capitalise,
    draw_setting,
    fit_title,
    measure,
    shorten,
    split_units,
)

WIDTH, HEIGHT = 360, 200


def draw(setting: Setting, width: int = 0) -> Image.Image:
    picture = Image.new("RGB", (WIDTH + 140, HEIGHT + 100), "white")
    draw_setting(picture, setting, (20, 20), (0, 0, 0), width)
    return picture


def find_ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """Where the ink begins and ends."""
    box = picture.convert("L").point([255] * 200 + [0] * 56).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize(
    ("title", "fonts"),
    [
        ("Amélie, Łódź & Ågot: «Ænima» – ½ № ★", [LATIN]),
        ("Mùa hè chiều thẳng đứng", [LATIN]),
        ("Çağan İstanbul’da ışık", [LATIN]),
        ("Иваново детство, Їжачок, Љубав", [LATIN]),
        ("Το βλέμμα του Οδυσσέα", [LATIN]),
        ("千と千尋の神隠し", [EAST_ASIAN]),
        ("エヴァンゲリオン「序」", [EAST_ASIAN]),
        ("牯嶺街少年殺人事件", [EAST_ASIAN]),
        ("기생충", [EAST_ASIAN]),
        ("2001年宇宙の旅", [LATIN, EAST_ASIAN]),
        ("באשיר", [HEBREW]),
        ("سیمین", [ARABIC]),
    ],
)
def test_every_letter_of_a_title_is_drawn(title: str, fonts: list[str]) -> None:
    runs = list_runs(drawable_text(title))
    assert list(dict.fromkeys(run.font for run in runs)) == fonts
    assert sum(len(run.text) for run in runs) == len(title)
    assert find_ink(draw(fit_title(title, WIDTH, HEIGHT)))[2] > 60


def test_the_fonts_cover_everyday_characters() -> None:
    letters = (
        *range(0xC0, 0x149),
        *range(0x14A, 0x180),
        *range(0x391, 0x3A2),
        *range(0x3B1, 0x3CA),
        *range(0x410, 0x450),
    )
    hangul = range(0xAC00, 0xD7A4, 29)
    lacking = [letter for letter in map(chr, (*letters, *hangul)) if drawable_text(letter) != letter]
    assert lacking == []
    assert all(drawable_text(text) == text for text in ("新撰組血風録", "汉语拼音龙门阵", "臺灣鐵道", "、。「」ー"))


def test_the_fonts_are_small_and_carry_their_licence() -> None:
    assert sum((FOLDER / name).stat().st_size for name in FONTS) < 5_000_000
    licence = (FOLDER / "OFL.txt").read_text()
    assert all(name in licence for name in FONTS)
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("🎬 Emoji 🎵 Movie 👩‍👩‍👧", "Emoji Movie"),
        ("a\u0000b\u200b\ufeff\u202ec\ud800", "abc"),
        ("Ｆｕｌｌ ﬁt ①", "Ｆｕｌｌ fit ①"),
        ("e\u0301", "é"),
        ("  two\n lines\t", "two lines"),
        ("मुग़ल-ए-आज़म", ""),  # no font for it: nothing, not the hyphens alone
        ("...", "..."),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_characters_without_a_glyph_are_decomposed_or_dropped(text: str, spelt: str) -> None:
    assert drawable_text(text) == spelt


def test_no_title_is_longer_than_a_cover_needs() -> None:
    assert len(drawable_text("字" * 100_000)) == MOST_LETTERS


def test_missing_glyphs_are_never_drawn_as_boxes() -> None:
    nothing = draw(fit_title("\U0010fffd\ue000\u0378", WIDTH, HEIGHT))
    assert nothing.convert("L").getextrema() == (255, 255)
    assert draw(Setting(("A\ue000B",), 60, 0)).tobytes() == draw(Setting(("AB",), 60, 0)).tobytes()


@pytest.mark.parametrize(
    ("title", "is_so"),
    [
        ("霸王别姬", True),
        ("陈凯歌", True),
        ("東京物語", False),
        ("龙猫 となりのトトロ", False),
        ("Heat", False),
        ("", False),
    ],
)
def test_chinese_is_detected_by_characters_not_used_in_japan(title: str, is_so: bool) -> None:
    assert is_chinese(title) is is_so


def test_a_shared_code_point_is_drawn_in_the_shape_of_its_language() -> None:
    assert [run.font for run in list_runs("骨", in_chinese=True)] == [CHINESE]
    assert [run.font for run in list_runs("骨")] == [EAST_ASIAN]
    chinese, japanese = (draw(Setting((line,), 60, 0)) for line in ("骨龙", "骨竜"))
    assert chinese.crop((0, 0, 80, 120)).tobytes() != japanese.crop((0, 0, 80, 120)).tobytes()


def test_hebrew_is_drawn_from_right_to_left_with_mirrored_brackets() -> None:
    drawn = "".join(run.text for run in list_runs("אב (12)", right_to_left=True))
    assert drawn == "(12) בא"


def test_arabic_letters_are_joined() -> None:
    (run,) = list_runs("سلام")
    assert run.text == "\ufee1\ufefc\ufeb3"  # final meem, lam and alef in one, initial seen: from left to right
    (before, after) = ("".join(run.text for run in list_runs(word)) for word in ("می\u200cخ", "میخ"))
    assert before != after


@pytest.mark.parametrize(
    ("text", "is_so"), [("مرحبا World", True), ("World مرحبا", False), ("2020 עם", True), ("12", False)]
)
def test_the_first_letter_decides_the_direction_of_a_title(text: str, is_so: bool) -> None:
    assert is_right_to_left(text) is is_so


def test_a_right_to_left_title_ends_at_the_margin() -> None:
    left, _, right, _ = find_ink(draw(Setting(("עם", "2008"), 40, 0), WIDTH))
    assert left > WIDTH / 2 and abs(right - (20 + WIDTH)) < 8
    assert find_ink(draw(Setting(("With", "2008"), 40, 0), WIDTH))[0] < 30


@pytest.mark.parametrize(
    ("title", "units"),
    [
        ("The Thin Man", ["The", " Thin", " Man"]),
        ("千と千尋の神隠し", list("千と千尋の神隠し")),
        ("カメラを止めるな！", ["カメラ", "を", "止", "め", "る", "な！"]),
        ("「夏」、終わり。", ["「夏」、", "終", "わ", "り。"]),
        ("もっと", ["もっ", "と"]),
        ("Air/まごころ", ["Air/", "ま", "ご", "こ", "ろ"]),
        ("봄 여름 가을", ["봄", " 여름", " 가을"]),
        ("", []),
    ],
)
def test_lines_break_where_the_script_allows(title: str, units: list[str]) -> None:
    assert split_units(title) == units


@pytest.mark.parametrize(
    "title", ["千と千尋の神隠し" * 6, "霸王别姬" * 20, "גשם " * 40, "مرحبا " * 40, "字" * 400, "ア" * 90]
)
def test_long_titles_of_other_scripts_stay_inside_their_box(title: str) -> None:
    setting = fit_title(title, WIDTH, HEIGHT)
    assert 0 < setting.height <= HEIGHT
    assert all(measure(line, setting.size) <= WIDTH for line in setting.lines)
    assert setting.lines[-1].endswith("…") or "".join(setting.lines).replace(" ", "") == title.replace(" ", "")


def test_no_line_begins_or_ends_with_a_space_and_none_is_lost() -> None:
    setting = fit_title("2001: 宇宙の旅 Space Odyssey", 200, 300)
    assert all(line == line.strip() for line in setting.lines)
    assert "".join(setting.lines).replace(" ", "") == "2001:宇宙の旅SpaceOdyssey"


def test_a_name_is_truncated_by_its_drawn_width() -> None:
    assert shorten("🎵 Zoë", 20, 100) == "Zoë"
    short = shorten("A name that is much too long", 20, 100)
    assert short.endswith("…") and measure(short, 20) <= 100 < measure(short[:-1] + "ww…", 20)


def test_only_greek_capitals_lose_their_accents() -> None:
    assert capitalise("Το βλέμμα προϊόν") == "ΤΟ ΒΛΕΜΜΑ ΠΡΟΪΟΝ"
    assert capitalise("Amélie ß") == "AMÉLIE SS"


def test_two_accents_on_a_capital_are_not_cut_off() -> None:
    plain, accented = (find_ink(draw(Setting((text,), 60, 0))) for text in ("E", "Ế"))
    assert accented[1] < plain[1] - 8 and accented[1] > 5
