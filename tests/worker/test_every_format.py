"""Every import format through the commands: the dry run predicts the import, importing again adds nothing,
undo removes all.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mediarec.library.importers.registry import IMPORTERS
from mediarec.library.models import Interaction, Item, Person
from tests.commands import run_json
from tests.library.catalogues.samples import ARCHIVE, MOVIELENS
from tests.library.importers.music_exports import EXPORTS, LATER, START, json_lines, lines, listen
from tests.library.importers.screen_exports import HISTORY, SAMPLES, dump
from tests.media import make_audio, make_video

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked")]
PROMISED = {"format", "rows", "matched", "new_items", "review", "rejected", "interactions_added"}
DIARY = "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date"
MBID = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
NFO = b"<movie><title>Heat</title><year>1995</year><playcount>1</playcount><lastplayed>2024-05-31</lastplayed></movie>"
PLAYLISTS = {
    "a.m3u8": "#EXTM3U\n#EXTINF:240,The Lamps - Blue Hour\n/music/blue.flac\n",
    "a.m3u": "#EXTM3U\n#EXTINF:240,The Lamps - Blue Hour\nC:\\music\\blue.mp3\n",
    "a.pls": "[playlist]\nFile1=/music/blue.flac\nTitle1=The Lamps - Blue Hour\nLength1=240\nNumberOfEntries=1\n",
    "a.xspf": '<playlist xmlns="http://xspf.org/ns/0/" version="1"><trackList><track><title>Blue Hour</title>'
    "<creator>The Lamps</creator></track></trackList></playlist>",
    "a.jspf": json.dumps({"playlist": {"title": "A", "track": [{"title": "Blue Hour", "creator": "The Lamps"}]}}),
}
ZIPS: dict[str, Mapping[str, str]] = {
    "letterboxd": {
        "diary.csv": lines(DIARY, "2024-06-01,Heat,1995,https://boxd.it/1,4.5,,night,2024-05-31"),
        "ratings.csv": lines("Date,Name,Year,Letterboxd URI,Rating", "2024-06-01,Heat,1995,https://boxd.it/2,4.5"),
        "watched.csv": lines("Date,Name,Year,Letterboxd URI", "2024-06-01,Heat,1995,https://boxd.it/2"),
        "likes/films.csv": lines("Date,Name,Year,Letterboxd URI", "2024-06-01,Ran,1985,https://boxd.it/3"),
    },
    "trakt": {"lea/watched/history/watched-history-1.json": dump(HISTORY).decode()},
    "listenbrainz": {
        "user.json": '{"user_id": 1, "username": "lea"}',
        "listens/2024/5.jsonl": json_lines(
            listen("Blue Hour", "The Lamps", START, additional_info={"recording_mbid": MBID}),
            listen("Ember", "Sól", LATER),
        ),
        "feedback.jsonl": json_lines({"recording_msid": "x", "recording_mbid": MBID, "score": 1, "created": LATER}),
    },
    "mediarec": {name: content.decode() for name, content in ARCHIVE.items()},
    "spotify": {
        f"Spotify Extended/{export.name}": export.content for export in EXPORTS if export.importer == "spotify"
    },
}


def count() -> tuple[int, int]:
    return Item.objects.count(), Interaction.objects.count()


def check_import_cycle(path: Path, importer: str, *, has_events: bool = True) -> None:
    """Dry run, import, import again, undo."""
    Person.objects.create_user("lea")
    preview = run_json("import", path, "--person", "lea", "--dry-run")
    assert set(preview) >= PROMISED
    assert (preview["format"], count()) == (importer, (0, 0))
    assert all(set(row) >= {"row", "reason"} for row in preview["rejected"])
    report = run_json("import", path, "--person", "lea")
    names = ("rows", "rejected", "review", "interactions_added", "new_items")
    assert [report[name] for name in names[:4]] == [preview[name] for name in names[:4]]
    assert count()[1] == report["interactions_added"]
    assert report["new_items"] == count()[0] > 0
    assert (report["interactions_added"] > 0) is has_events
    again = run_json("import", path, "--person", "lea")
    assert (again["new_items"], again["interactions_added"]) == (0, 0)
    undo_report = run_json("import_undo", report["batch"])
    assert undo_report["after"]["interactions"] == 0
    run_json("import_undo", again["batch"])
    assert count() == (0, 0)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.importer}-{sample.name}")
def test_histories_of_films_series_and_clips(sample: Any, tmp_path: Path) -> None:
    (tmp_path / sample.name).write_bytes(sample.content)
    check_import_cycle(tmp_path / sample.name, sample.importer)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: f"{export.importer}-{export.name}")
def test_histories_of_music(export: Any, tmp_path: Path) -> None:
    (tmp_path / export.name).write_text(export.content)
    check_import_cycle(tmp_path / export.name, export.importer)


@pytest.mark.parametrize("importer", ZIPS)
def test_zip_exports(importer: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name, content in ZIPS[importer].items():
            archive.writestr(name, content)
    check_import_cycle(tmp_path / "export.zip", importer)


@pytest.mark.parametrize("name", PLAYLISTS)
def test_playlists(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(PLAYLISTS[name])
    check_import_cycle(tmp_path / name, "playlist")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", "kind;title;year;what;when\nfilm;Heat;1995;finished;2024-01-01\n"),
        (
            "x.jsonl",
            '{"kind": "film", "title": "Heat", "year": 1995, "what": "rated", "rating": 4, "when": "2024-01-01"}',
        ),
    ],
)
def test_generic_tables(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    check_import_cycle(tmp_path / name, "generic")


def test_movielens(tmp_path: Path) -> None:
    for name, content in MOVIELENS.items():
        (tmp_path / name).write_bytes(content)
    check_import_cycle(tmp_path, "movielens")


def test_a_folder_with_an_nfo_and_one_of_music(tmp_path: Path) -> None:
    make_video(tmp_path / "Heat (1995).mkv")
    (tmp_path / "Heat (1995).nfo").write_bytes(NFO)
    make_audio(tmp_path / "a.flac", {"title": "A", "artist": "B", "album": "C"})
    check_import_cycle(tmp_path, "folder", has_events=False)


def test_every_importer_is_covered_here() -> None:
    """`watched` is not a user format: it reads file lists that folder sync writes itself."""
    tried = {sample.importer for sample in (*SAMPLES, *EXPORTS)} | set(ZIPS)
    assert tried | {"playlist", "generic", "movielens", "folder", "watched"} == set(IMPORTERS)
