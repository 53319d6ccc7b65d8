"""Every listening history, intact and broken: recognised by content; one bad row is one rejected row."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mediarec.library import batches
from mediarec.library.errors import MediarecError
from mediarec.library.importers.base import ParsedRow, ReadOptions
from mediarec.library.importers.registry import choose_importer, load_importer
from mediarec.library.importers.source import Source
from mediarec.library.models import ImportBatch, ImportRow, Interaction, Item, Person
from tests.library.importers.music_exports import EXPORTS, LATER, MBID, START, Export, json_lines, lines, listen, pano
from tests.media import make_zip

each_export = pytest.mark.parametrize("export", EXPORTS, ids=lambda export: f"{export.importer}-{export.name}")


each_row = pytest.mark.parametrize(  # without the format in which one entry is a whole page of plays
    "export",
    [export for export in EXPORTS if export.name != "pages.json"],
    ids=lambda export: f"{export.importer}-{export.name}",
)


def parse(importer: str, path: Path) -> list[ParsedRow]:
    source = Source(path)
    assert choose_importer(source).name == importer
    return list(load_importer(importer).parse(source, ReadOptions()))


def write(folder: Path, export: Export, content: str | bytes | None = None) -> Path:
    content = export.content if content is None else content
    path = folder / export.name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def list_events(rows: list[ParsedRow]) -> list[tuple[str, str, str, str]]:
    return [
        (row.work.title, row.work.people["artist"][0], event.what, event.occurred_at.isoformat())
        for row in rows
        if row.work
        for event in row.events
    ]


@each_export
def test_an_export_is_recognised_by_content_loose_zipped_and_nested(tmp_path: Path, export: Export) -> None:
    (tmp_path / "nested" / "deeper").mkdir(parents=True)
    loose = write(tmp_path / "nested" / "deeper", export)
    assert tuple(list_events(parse(export.importer, loose))) == export.events
    assert tuple(list_events(parse(export.importer, tmp_path / "nested"))) == export.events
    zipped = make_zip(tmp_path / "x.zip", {f"export/{export.name}": export.content, "readme.md": "words"})
    assert tuple(list_events(parse(export.importer, zipped))) == export.events


@each_export
def test_a_byte_order_mark_changes_nothing(tmp_path: Path, export: Export) -> None:
    plain = export.content.removeprefix("\ufeff")
    for content in (b"\xef\xbb\xbf" + plain.encode(), plain.encode("utf-16")):
        assert tuple(list_events(parse(export.importer, write(tmp_path, export, content)))) == export.events


@each_export
def test_windows_1252_is_decoded_correctly(tmp_path: Path, export: Export) -> None:
    content = export.content.removeprefix("\ufeff").encode("cp1252")
    assert tuple(list_events(parse(export.importer, write(tmp_path, export, content)))) == export.events


@each_export
def test_mixed_line_endings_and_blank_lines_change_nothing(tmp_path: Path, export: Export) -> None:
    content = export.content.replace("\n", "\r\n\r\n", 1).replace("\n", "\r", 1)
    if export.name.endswith(".json"):
        content = export.content.replace(", ", ",\r\n").replace(": ", ":\r")
    assert tuple(list_events(parse(export.importer, write(tmp_path, export, content)))) == export.events


@each_row
def test_a_truncated_row_is_rejected_and_the_next_one_is_imported(tmp_path: Path, export: Export) -> None:
    cut = export.content.rindex("Sól") + 1
    begin = max(export.content.rfind("\n", 0, cut) + 1, export.content.rfind("}, {", 0, cut) + 3)
    between = ", " if export.name.endswith(".json") else "\n"
    broken = export.content[:cut] + between + export.content[begin:]
    rows = parse(export.importer, write(tmp_path, export, broken))
    assert list_events(rows) == list(export.events)
    assert [row.problem.startswith(export.name) for row in rows if row.problem] == [True]


@each_row
def test_a_truncated_file_gives_the_rows_before_the_end(tmp_path: Path, export: Export) -> None:
    rows = parse(export.importer, write(tmp_path, export, export.content[: export.content.rindex("Sól") + 1]))
    assert list_events(rows) == [export.events[0]]
    assert [row for row in rows if row.problem]


@each_export
def test_a_repeated_row_is_one_event_and_a_second_import_adds_nothing(tmp_path: Path, export: Export, db: None) -> None:
    (tmp_path / "two").mkdir()
    first = write(tmp_path / "two", export)
    first.with_name(f"again {export.name.lstrip('.')}").write_text(export.content, encoding="utf-8")
    lea = Person.objects.create_user("lea")
    added = []
    for _ in range(2):
        batch = batches.create_batch(lea, tmp_path / "two")
        batches.read_batch(batch.pk)
        batches.commit_batch(batch.pk)
        added.append(batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk)).interactions_added)
    assert added == [2, 0]
    assert set(Item.objects.filter(kind="track").values_list("title", flat=True)) == {"Blue Hour", "Ember"}
    assert not ImportRow.objects.filter(raw__icontains="lea.private").exists()
    assert not ImportRow.objects.filter(raw__icontains="203.0.113.9").exists()


@each_row
def test_a_field_of_ten_million_characters_loses_only_its_row(tmp_path: Path, export: Export) -> None:
    content = export.content.replace("Ember", "E" * 10_000_000)
    rows = parse(export.importer, write(tmp_path, export, content))
    assert list_events(rows) == [export.events[0]]
    assert [row.problem for row in rows if "longer than" in row.problem or "end" in row.problem]
    assert max(len(repr(row)) for row in rows) < 20_000


def nest(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


BROKEN: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace("The Lamps", "", 1),
    lambda text: text.replace('"The Lamps"', "null", 1),
    lambda text: text.replace('"The Lamps"', nest(100_000), 1),
    lambda text: text.replace('"The Lamps"', '{"a": [1]}', 1),
    lambda text: text.replace('"The Lamps"', "1" * 5_000, 1),
    lambda text: text.replace('"The Lamps"', '"\\ud800"', 1),
    lambda text: text.replace("The Lamps", "The\x00 Lamps", 1),
    lambda text: text.replace("[", "{").replace("]", "}"),
    lambda text: text.replace(str(START), "9" * 40).replace("2024", "0000"),
    lambda text: text.replace(str(START), "null").replace("2024-05-31T20:1", "2024-13-45T99:9"),
    lambda text: text.replace(",", "|").replace("\t", "|"),
    lambda text: text.replace(",", ";"),
    lambda text: text.replace(",", "").replace("\t", ""),
    lambda text: text.replace("Blue Hour", '"Blue" Ho"ur', 1),
    lambda text: "[" * 200_000 + text,
    lambda text: text[: len(text) // 3],
    lambda text: text[len(text) // 3 :],
    lambda text: "\n".join(line + ",more,\t,1;2" for line in text.split("\n")),
    lambda text: "<html><body>no</body></html>",
    lambda text: "",
)


@each_export
@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_broken_content_gives_only_rows_and_sentences(tmp_path: Path, export: Export, number: int) -> None:
    path = write(tmp_path, export, BROKEN[number](export.content).encode("utf-8", "surrogatepass"))
    source = Source(path)
    try:
        choose_importer(source)
    except MediarecError as error:
        assert export.name in str(error)
    rows = list(load_importer(export.importer).parse(source, ReadOptions()))
    assert all(row.problem or row.note or (row.work and row.work.title and row.events) for row in rows)
    json.dumps([dict(row.raw) for row in rows], allow_nan=False)


def test_extra_columns_are_ignored_and_a_missing_one_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(lines("uts,artist,track,mood", f"{START},The Lamps,Blue Hour,calm,extra,more", f"{LATER},Sól"))
    rows = parse("lastfm", path)
    assert [row.problem for row in rows] == ["", "x.csv, line 3: no track title."]


def test_last_fm_seconds_take_precedence_over_the_written_time(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(lines("uts,utc_time,artist,album,track", f'{START},"1 Jan 2001, 00:00",The Lamps,,Blue Hour'))
    assert parse("lastfm", path)[0].events[0].occurred_at.timestamp() == START


def test_only_the_first_listener_of_a_research_set_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "userid-timestamp.tsv"
    path.write_text("".join(f"user_{n}\t2024-05-31T20:10:00Z\t\tThe Lamps\t\tSong {n}\n" for n in (1, 2, 3)))
    rows = parse("lastfm", path)
    assert [row.work.title for row in rows if row.work] == ["Song 1"]
    assert rows[-1].note == "userid-timestamp.tsv: 2 rows left out: another listener's."
    assert "user_" not in repr(rows[0].raw)


def test_listenbrainz_feedback_takes_its_names_from_the_listens(tmp_path: Path) -> None:
    mapping = {"recording_mbid": MBID, "artists": [{"artist_credit_name": "The Lamps"}, {"artist_credit_name": "Ö"}]}
    heard = listen("Blue Hour", "The Lamps & Ö", START, recording_msid="m1", mbid_mapping=mapping)
    heard["track_metadata"]["additional_info"] = {"duration_ms": 240_000, "duration_played": 230, "my key": "secret"}
    path = make_zip(
        tmp_path / "listenbrainz_lea_1.zip",
        {
            "user.json": '{"user_id": 7, "username": "lea.private"}',
            "listens/2024/5.jsonl": json_lines(heard),
            "feedback.jsonl": json_lines(
                {"recording_msid": "m1", "recording_mbid": None, "score": 1, "created": LATER},
                {"recording_msid": None, "recording_mbid": MBID, "score": -1, "created": LATER + 1},
                {"recording_msid": "other", "recording_mbid": None, "score": 1, "created": LATER},
                {"recording_msid": "m1", "recording_mbid": None, "score": 0, "created": LATER},
            ),
            "pinned_recording.jsonl": "",
        },
    )
    rows = parse("listenbrainz", path)
    assert [event.what for row in rows for event in row.events] == ["finished", "liked", "disliked"]
    assert rows[0].work is not None
    assert rows[0].work.people["artist"] == ("The Lamps", "Ö")
    assert rows[0].work.ids == {"musicbrainz": MBID}
    assert [bool(row.problem) for row in rows] == [False, False, False, True, False]
    assert "secret" not in repr(rows)


def test_a_scrobbler_log_gives_skips_and_a_note_about_the_missing_time_zone(tmp_path: Path) -> None:
    path = tmp_path / ".scrobbler.log"
    path.write_text(lines("#AUDIOSCROBBLER/1.1", "#TZ/UNKNOWN", f"The Lamps\t\tBlue Hour\t\t240\tS\t{START}\t"))
    rows = parse("scrobbler-log", path)
    assert "no zone" in rows[0].note
    assert list_events(rows) == [("Blue Hour", "The Lamps", "skipped", "2024-05-31T20:10:00+00:00")]


def test_pano_scrobbler_loves_become_likes(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    kinds = ("scrobble", "love", "nowplaying", "dance")
    path.write_text(json_lines(*(pano("Blue Hour", "The Lamps", START) | {"event": kind} for kind in kinds)))
    rows = parse("panoscrobbler", path)
    assert [event.what for row in rows for event in row.events] == ["played", "liked"]
    assert [row.problem for row in rows if row.problem] == ["log.jsonl, line 4: 'dance' is not an event that is known."]


def test_apple_music_imports_ends_of_plays_and_detects_skips(tmp_path: Path) -> None:
    path = tmp_path / "Apple Music Play Activity.csv"
    start = "The Lamps,Blue Hour,2024-05-31T20:10:00Z"
    path.write_text(
        lines(
            "Artist Name,Song Name,Event Start Timestamp,Play Duration Milliseconds,Media Duration In Milliseconds,"
            "Event Type,End Reason Type",
            f"{start},239000,240000,PLAY_END,NATURAL_END_OF_TRACK",
            f"{start},60000,240000,PLAY_END,PLAYBACK_MANUALLY_PAUSED",
            f"{start},5000,240000,PLAY_END,TRACK_SKIPPED_FORWARDS",
            f"{start},5000,240000,PLAY_END,PLAYBACK_MANUALLY_PAUSED",
            f"{start},0,240000,PLAY_START,",
        )
    )
    events = [event for row in parse("apple-music", path) for event in row.events]
    assert [(event.what, event.progress) for event in events] == [
        ("finished", 0.9958),
        ("played", 0.25),
        ("skipped", None),
    ]


@pytest.mark.django_db
def test_a_broken_file_leaves_only_rejected_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(lines("uts,artist,track", "never,The Lamps,Blue Hour", f"{START},,Blue Hour"))
    batch = batches.create_batch(Person.objects.create_user("lea"), path)
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    assert len(batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk)).rejected) == 2
    assert not Item.objects.exists() and not Interaction.objects.exists()
