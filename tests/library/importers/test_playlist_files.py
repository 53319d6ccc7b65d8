"""Playlist imports: an entry is a file of the library or a track by artist and title; named files are never opened."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mediarec.library import batches
from mediarec.library.importers.base import ParsedRow, ReadOptions
from mediarec.library.importers.playlist_files import PlaylistFilesImporter
from mediarec.library.importers.registry import choose_importer
from mediarec.library.importers.source import Source
from mediarec.library.models import ImportBatch, Interaction, Item, MediaFile, Person
from recommender.models import Playlist
from tests.library.importers.music_exports import MBID
from tests.media import make_audio

XSPF = """<?xml version="1.0" encoding="UTF-8"?>{doctype}
<playlist version="1" xmlns="http://xspf.org/ns/0/"><title>Evening</title><date>2024-05-31T20:00:00+00:00</date>
<trackList>
<track><location>file:///old/Night%20Shift/Blue%20Hour.flac</location><title>{title}</title><creator>The Lamps</creator>
<album>Night Shift</album><duration>240000</duration></track>
<track><title>Ember</title><creator>Sól</creator></track>
</trackList></playlist>"""
JSPF = {
    "playlist": {
        "title": "Evening",
        "date": "2024-05-31T20:00:00+00:00",
        "track": [
            {"identifier": f"https://musicbrainz.org/recording/{MBID}", "title": "Blue Hour", "creator": "The Lamps"},
            {"identifier": [], "title": "Ember", "creator": "Sól", "album": None},
        ],
    }
}
M3U = (
    "#EXTM3U\n#PLAYLIST:Evening\n#EXTINF:240,The Lamps - Blue Hour\nNight Shift/Blue Hour.mp3\n\n"
    "#EXTINF:-1,Sól - Ember\nx.mp3\n"
)
PLS = (
    "[playlist]\nNumberOfEntries=2\nFile1=a.mp3\nTitle1=The Lamps - Blue Hour\nTitle2=Sól - Ember\nLength1=240\n"
    "File2=b.mp3\n"
)
LISTS = {
    "a.m3u": M3U,
    "a.m3u8": M3U,
    "a.pls": PLS,
    "a.xspf": XSPF.format(doctype="", title="Blue Hour"),
    "a.jspf": json.dumps(JSPF, ensure_ascii=False),
}


def parse(path: Path, content: str | bytes = "", options: ReadOptions | None = None) -> list[ParsedRow]:
    if content:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = Source(path)
    assert choose_importer(source).name == "playlist"
    return list(PlaylistFilesImporter().parse(source, options or ReadOptions()))


def list_names(rows: list[ParsedRow]) -> list[tuple[str, str]]:
    return [(row.work.title, row.work.people["artist"][0]) for row in rows if row.work]


@pytest.mark.parametrize("name", LISTS)
def test_each_format_gives_its_entries_as_saved(tmp_path: Path, name: str) -> None:
    rows = parse(tmp_path / name, LISTS[name])
    assert list_names(rows) == [("Blue Hour", "The Lamps"), ("Ember", "Sól")]
    assert {event.what for row in rows for event in row.events} == {"saved"}


@pytest.mark.parametrize("name", ["a.m3u", "a.pls"])
def test_windows_encoding_and_line_endings_are_read_correctly(tmp_path: Path, name: str) -> None:
    rows = parse(tmp_path / name, LISTS[name].replace("\n", "\r\n").encode("cp1252"))
    assert list_names(rows) == [("Blue Hour", "The Lamps"), ("Ember", "Sól")]


@pytest.mark.parametrize("name", LISTS)
def test_a_format_is_recognised_by_content(tmp_path: Path, name: str) -> None:
    assert len(list_names(parse(tmp_path / "list.txt", LISTS[name]))) == 2


def test_entries_get_the_date_of_the_playlist_or_an_unknown_time(tmp_path: Path) -> None:
    made = {row.events[0].occurred_at for row in parse(tmp_path / "a.xspf", LISTS["a.xspf"])}
    assert made == {datetime(2024, 5, 31, 20, tzinfo=UTC)}
    assert {row.events[0].occurred_at.year for row in parse(tmp_path / "a.m3u", M3U)} == {2000}


def test_a_musicbrainz_identifier_becomes_the_recording_id(tmp_path: Path) -> None:
    (first, _) = parse(tmp_path / "a.jspf", LISTS["a.jspf"])
    assert first.work is not None and first.work.ids == {"musicbrainz": MBID}


def test_an_entry_resolves_to_the_named_file_or_one_with_the_same_path_end(tmp_path: Path) -> None:
    known = {
        str(path).encode().hex(): (1, 1)
        for path in (
            tmp_path / "music" / "Blue.mp3",
            Path("/srv/Sól/Ember.mp3"),
            Path("/srv/B/01.mp3"),
            Path("/01.mp3"),
        )
    }
    (tmp_path / "lists").mkdir()
    entries = ("../music/Blue.mp3", "C:\\Old\\SÓL\\ember.mp3", "file:///x/S%C3%B3l/Ember.mp3", "01.mp3", "/no/such.mp3")
    rows = parse(tmp_path / "lists" / "a.m3u", "\n".join(("#EXTM3U", *entries)), ReadOptions(known_files=known))
    resolved = [bytes.fromhex(row.known_path_hex).decode() for row in rows]
    assert resolved == [str(tmp_path / "music" / "Blue.mp3"), "/srv/Sól/Ember.mp3", "/srv/Sól/Ember.mp3", "", ""]
    assert [bool(row.problem) for row in rows] == [False, False, False, True, True]


def test_network_addresses_need_artist_and_title(tmp_path: Path) -> None:
    rows = parse(tmp_path / "a.m3u", "#EXTM3U\nhttp://radio.example/live\n#EXTINF:9,Sól - Ember\nhttp://x.example/1\n")
    assert "an address on the network" in rows[0].problem
    assert list_names(rows) == [("Ember", "Sól")]


def test_an_hls_manifest_is_not_a_playlist(tmp_path: Path) -> None:
    (tmp_path / "a.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nsegment.ts\n")
    assert not PlaylistFilesImporter().recognises(Source(tmp_path / "a.m3u8"))


def test_entities_are_refused_with_a_sentence(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words")
    doctype = f'<!DOCTYPE p [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    rows = parse(tmp_path / "a.xspf", XSPF.format(doctype=doctype, title="&e;"))
    assert [row.problem.startswith("a.xspf, track 1: not XML") for row in rows] == [True]
    assert "hidden words" not in repr(rows)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("number", range(9))
def test_broken_content_gives_only_rows_and_sentences(tmp_path: Path, name: str, number: int) -> None:
    text = LISTS[name]
    broken = (
        text[: len(text) // 2],
        text.replace("Ember", "E" * 10_000_000),
        text.replace('"Ember"', "null").replace("<title>Ember</title>", "<title/>").replace("Ember", "\x00"),
        text.replace('"Ember"', '{"a":' * 100_000 + "1" + "}" * 100_000).replace(
            "<track>", "<a>" * 100_000 + "<track>"
        ),
        text.replace("[", "{").replace("]", "}"),
        text.replace("\n", ""),
        text.replace("Blue Hour", "&amp;<![CDATA[x]]>'\""),
        "",
        text + text,
    )[number]
    (tmp_path / name).write_bytes(broken.encode())
    rows = list(PlaylistFilesImporter().parse(Source(tmp_path / name), ReadOptions()))
    assert all(row.problem or (row.work and row.work.title) for row in rows)
    assert max((len(repr(row.raw)) for row in rows), default=0) < 20_000


@pytest.mark.django_db
def test_a_playlist_beside_the_music_finds_the_items_and_adds_none(tmp_path: Path) -> None:
    make_audio(tmp_path / "music" / "Blue Hour.flac", {"title": "Blue Hour", "artist": "The Lamps"})
    lea = Person.objects.create_user("lea")
    for path in (tmp_path / "music", tmp_path / "evening.m3u"):
        if path.suffix:
            path.write_text("#EXTM3U\nmusic/Blue Hour.flac\n")
        batch = batches.create_batch(lea, path)
        batches.read_batch(batch.pk)
        batches.commit_batch(batch.pk)
    summary = batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))
    assert (summary.items_added, summary.interactions_added) == (0, 1)
    saved = Interaction.objects.get(what="saved")
    assert saved.item == Item.objects.get(kind="track")
    assert MediaFile.objects.count() == 1
    batches.undo_batch(batch.pk)
    assert (Interaction.objects.count(), Item.objects.count()) == (0, 1)


@pytest.mark.django_db
def test_a_file_becomes_one_playlist_of_the_person_and_undo_removes_it(tmp_path: Path) -> None:
    lea = Person.objects.create_user("lea")
    (tmp_path / "Evening walk.m3u8").write_text(M3U)

    def run_import() -> int:
        batch = batches.create_batch(lea, tmp_path / "Evening walk.m3u8")
        batches.read_batch(batch.pk)
        batches.commit_batch(batch.pk)
        return batch.pk

    first = run_import()
    made = Playlist.objects.get()
    assert (made.person, made.name) == (lea, "Evening walk")
    titles = made.entries.order_by("position").values_list("item__title", flat=True)
    assert list(titles) == ["Blue Hour", "Ember"]
    second = run_import()
    assert Playlist.objects.get() == made
    batches.undo_batch(second)
    assert Playlist.objects.get() == made
    batches.undo_batch(first)
    assert not Playlist.objects.exists()
    assert not Item.objects.exists()
