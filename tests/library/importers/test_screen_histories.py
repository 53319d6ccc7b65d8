"""Every watch history, intact and broken: one bad row is one rejected row."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mediarec.library import batches
from mediarec.library.errors import MediarecError
from mediarec.library.importers.base import ParsedRow, ReadOptions
from mediarec.library.importers.registry import choose_importer, load_importer
from mediarec.library.importers.source import Source
from mediarec.library.models import ImportBatch, Person
from tests.commands import run_json
from tests.fuzzing import fuzz
from tests.library.importers.screen_exports import (
    DAY,
    FULL,
    HISTORY,
    IMDB,
    NEXT,
    SAMPLES,
    SHOW,
    Sample,
    anime,
    dump,
    entry,
    lines,
    watched,
)
from tests.media import make_zip

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.importer}-{sample.name}")


def parse(importer: str, path: Path) -> list[ParsedRow]:
    source = Source(path)
    assert choose_importer(source).name == importer
    return list(load_importer(importer).parse(source, ReadOptions()))


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def list_events(rows: list[ParsedRow]) -> list[tuple[str, str, str, str]]:
    return [
        (row.work.kind, row.work.title, event.what, event.occurred_at.date().isoformat())
        for row in rows
        if row.work
        for event in row.events
    ]


@each_sample
def test_an_export_is_recognised_by_content_loose_zipped_and_nested(tmp_path: Path, sample: Sample) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    path = write(tmp_path / "a" / "b" / sample.name, sample.content)
    zipped = make_zip(tmp_path / "x.zip", {f"lea/{sample.name}": sample.content, "readme.md": "words"})
    for source_path in (path, tmp_path / "a", zipped):
        assert tuple(list_events(parse(sample.importer, source_path))) == sample.events


@each_sample
def test_byte_order_mark_windows_1252_and_mixed_line_endings_change_nothing(tmp_path: Path, sample: Sample) -> None:
    text = sample.content.decode()
    contents = [b"\xef\xbb\xbf" + sample.content]
    if sample.importer != "myanimelist":  # XML declares its own encoding
        contents.append(text.encode("cp1252"))
    if "\n" in text:
        contents.append(text.replace("\n", "\r\n\r\n", 1).replace("\n", "\r", 1).encode())
    for content in contents:
        rows = parse(sample.importer, write(tmp_path / sample.name, content))
        assert tuple(list_events(rows)) == sample.events


@each_sample
def test_a_second_import_and_duplicate_rows_add_nothing(tmp_path: Path, sample: Sample, db: None) -> None:
    (tmp_path / "two").mkdir()
    write(tmp_path / "two" / sample.name, sample.content)
    write(tmp_path / "two" / f"again {sample.name}", sample.content)
    lea, added = Person.objects.create_user("lea"), []
    for _ in range(2):
        batch = batches.create_batch(lea, tmp_path / "two")
        batches.read_batch(batch.pk)
        batches.commit_batch(batch.pk)
        added.append(batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk)).interactions_added)
    assert added == [2, 0]


BROKEN: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: content[: len(content) // 2],
    lambda content: content[len(content) // 2 :],
    lambda content: content.replace(b",", b"|"),
    lambda content: content.replace(b",", b";"),
    lambda content: content.replace(b"[", b"{").replace(b"]", b"}"),
    lambda content: content.replace(DAY.encode(), b"0000-99-99"),
    lambda content: content.replace(b'"Heat"', b"null"),
    lambda content: content.replace(b'"Heat"', b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    lambda content: content.replace(b"Heat", b"H" * 1_000_000),
    lambda content: b"[" * 100_000 + content,
    lambda content: b"",
)


@each_sample
@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_broken_content_gives_only_rows_and_sentences(tmp_path: Path, sample: Sample, number: int) -> None:
    source = Source(write(tmp_path / sample.name, BROKEN[number](sample.content)))
    try:
        choose_importer(source)
    except MediarecError as error:
        assert sample.name in str(error)
    rows = list(load_importer(sample.importer).parse(source, ReadOptions()))
    assert all(row.problem or row.note or (row.work and row.work.title) for row in rows)
    json.dumps([dict(row.raw) for row in rows], allow_nan=False)


@each_sample
def test_three_hundred_corrupted_files_give_rows_or_sentences(tmp_path: Path, sample: Sample) -> None:
    assert fuzz(sample.importer, sample.name, sample.content, 300, tmp_path) > 30


def test_bad_imdb_rows_are_rejected_alone_and_games_are_skipped(tmp_path: Path) -> None:
    content = lines(
        IMDB.format(""),
        f"tt0113277,11,{DAY},Heat,x,Movie,8,170,1995,,1,",
        f"null,7,{DAY},Heat,x,Movie,8,170,1995,,1,",
        f"tt0000003,7,{DAY},Chess,x,Video Game,8,,1995,,1,",
        f"tt0000004,7,{DAY},Élan: Dawn,x,TV Episode,8,45,2011,,1,,extra,more",
        f"tt0000005,7,{DAY},Short row",
    )
    rows = parse("imdb", write(tmp_path / "r.csv", content))
    assert ["rating '11'" in rows[0].problem, "'null' is not an id" in rows[1].problem] == [True, True]
    assert list_events(rows) == [("episode", "Dawn", "rated", DAY), ("film", "Short row", "rated", DAY)]
    assert rows[-1].note == "r.csv: 1 rows left out: games and podcasts, which are not supported."


def test_overlapping_trakt_files_give_one_event_and_null_ids_are_ignored(tmp_path: Path) -> None:
    seasons = [
        {"number": 1, "episodes": [{"number": n, "plays": 1, "last_watched_at": f"{NEXT}T20:10:00Z"}]} for n in (2, 3)
    ]
    shows = [{"plays": 2, "last_watched_at": f"{NEXT}T20:10:00Z", "show": SHOW, "seasons": seasons}]
    rated = [{"rated_at": f"{DAY}T10:00:00Z", "rating": 10, "type": "show", "show": SHOW}]
    listed = [{"rank": 1, "listed_at": f"{DAY}T10:00:00Z", "type": "show", "show": SHOW}]
    files = {"watched-shows.json": shows, "watched-history-1.json": HISTORY, "ratings-shows.json": rated}
    files |= {"lists-watchlist.json": listed, "lists-list-9-any.json": listed}
    path = make_zip(tmp_path / "trakt.zip", {f"lea/{name}": dump(value) for name, value in files.items()})
    rows = parse("trakt", path)
    assert sorted(list_events(rows)) == [
        ("episode", "Dawn", "finished", NEXT),
        ("episode", "S01E03", "finished", NEXT),
        ("film", "Heat", "finished", DAY),
        ("series", "Élan", "rated", DAY),
        ("series", "Élan", "saved", DAY),
    ]
    episode = next(row.work for row in rows if row.work and row.work.title == "Dawn")
    assert (episode.ids, episode.parent and episode.parent.ids) == ({}, {"tmdb-series": "77", "tvdb": "78"})


def test_netflix_dates_are_read_in_the_order_that_fits_the_whole_file(tmp_path: Path) -> None:
    content = lines("Title,Date", "Heat,01.06.2024", "Heat,31.05.2024", "Heat,yesterday")
    rows = parse("netflix", write(tmp_path / "n.csv", content))
    assert [day for *_, day in list_events(rows)] == [NEXT, DAY]
    assert rows[-1].problem == "n.csv, line 4: 'yesterday' is not a date."


def test_netflix_plays_of_less_than_a_minute_are_left_out_and_counted(tmp_path: Path) -> None:
    played = [f"Ana,{DAY} 20:00:00,{length},,{title},,," for title, length in (("Heat", "0:00:59"), ("Ran", "0:01:00"))]
    rows = parse("netflix", write(tmp_path / "n.csv", lines(FULL, *played)))
    assert [title for _, title, _, _ in list_events(rows)] == ["Ran"]
    assert [row.note for row in rows if row.note] == ["n.csv: 1 rows left out: seen for less than a minute."]


def test_a_netflix_title_with_colons_is_an_episode_only_where_others_share_its_prefix(tmp_path: Path) -> None:
    titles = ("Élan: Winter: Ice", "Élan: Winter: Snow", "Moon: The Film: Uncut", "Mission: Sun")
    rows = parse("netflix", write(tmp_path / "n.csv", lines("Title,Date", *(f"{title},5/31/24" for title in titles))))
    assert [row.work.kind for row in rows if row.work] == ["episode", "episode", "film", "film"]


def test_a_gzipped_anime_list_is_read_and_entities_are_refused(tmp_path: Path) -> None:
    packed = gzip.compress(lines("<myanimelist>", anime("Heat", DAY), "</myanimelist>"))
    assert len(list_events(parse("myanimelist", write(tmp_path / "a.xml.gz", packed)))) == 1
    hostile = lines('<!DOCTYPE x [<!ENTITY a "b">]>', "<myanimelist>", anime("&a;", DAY), "</myanimelist>")
    rows = parse("myanimelist", write(tmp_path / "b.xml", hostile))
    assert ["document type" in row.problem for row in rows] == [True]


def test_anilist_ids_without_titles_are_reported_and_duplicates_count_once(tmp_path: Path) -> None:
    account = {"user": {"custom_lists": []}, "lists": [{"id": 1, "series_id": 9, "series_type": 0, "score": 80}]}
    rows = parse("anilist", write(tmp_path / "a.json", dump(account)))
    assert "no title" in rows[0].problem
    twice = {"lists": [{"entries": [entry(1, "Heat", DAY) | {"score": 80}]}, {"entries": [entry(1, "Heat", DAY)]}]}
    events = [event for row in parse("anilist", write(tmp_path / "a.json", dump(twice))) for event in row.events]
    assert [(event.what, event.value) for event in events] == [("finished", None), ("rated", 0.8)]


def test_takeout_skips_advertisements_and_posts_and_explains_how_to_get_json(tmp_path: Path) -> None:
    advert = watched("Buy", DAY) | {"details": [{"name": "From Google Ads"}]}
    post = watched("Words", DAY) | {"titleUrl": "https://www.youtube.com/post/abc"}
    rows = parse("takeout", write(tmp_path / "h.json", dump([advert, post, watched("Heat", DAY)])))
    assert list_events(rows) == [("video", "Heat", "played", DAY)]
    page = write(tmp_path / "watch-history.html", b"<html><body><div class='outer-cell'>x</div></body></html>")
    assert "JSON" in parse("takeout", page)[0].problem


@each_sample
def test_the_command_reports_the_dry_run_then_the_import_then_no_additions(
    tmp_path: Path, sample: Sample, transactional_db: None
) -> None:
    path = write(tmp_path / sample.name, sample.content)
    answers = [run_json("import", path, "--person", "lea", *more) for more in (["--dry-run"], [], [])]
    names = {"format", "rows", "matched", "new_items", "review", "rejected", "interactions_added"}
    assert all(names <= answer.keys() for answer in answers)
    assert [answer["format"] for answer in answers] == [sample.importer] * 3
    assert [answer["interactions_added"] for answer in answers] == [2, 2, 0]
    assert answers[0]["new_items"] >= 2
    assert answers[2]["new_items"] == 0


def make_netflix(folder: Path) -> Path:
    rows = (f"{profile},2024-05-31 20:10:00,1:45:00,,{title},,,"
            for profile, title in (("Ana", "Slow"), ("Bo", "Loud"), ("Ana", "Slower")))  # fmt: skip
    return write(folder / "ViewingActivity.csv", lines(FULL, *rows))


@pytest.mark.parametrize(
    ("wanted", "titles"), [("", ["Slow", "Slower"]), ("bo", ["Loud"]), ("Ana", ["Slow", "Slower"])]
)
def test_only_the_chosen_netflix_profile_is_imported(wanted: str, titles: list[str], tmp_path: Path) -> None:
    source = Source(make_netflix(tmp_path))
    rows = list(load_importer("netflix").parse(source, ReadOptions(profile=wanted)))
    assert [row.work.title for row in rows if row.work] == titles
    notes = " ".join(row.note for row in rows)
    assert ("the profiles Ana, Bo. Only Ana’s comes in" in notes) is (wanted == "")
    assert f"of other profiles than {'Bo' if wanted == 'bo' else 'Ana'}" in notes


def test_an_unknown_netflix_profile_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    source = Source(make_netflix(tmp_path))
    with pytest.raises(MediarecError, match="no profile called “Dora”; it has Ana, Bo"):
        list(load_importer("netflix").parse(source, ReadOptions(profile="Dora")))
