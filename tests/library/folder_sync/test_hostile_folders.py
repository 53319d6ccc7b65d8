"""Folders as they really are: loops, locked doors, odd names, files that are written while they are read."""

import json
import os
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from mediarec.library import batches, folder_sync
from mediarec.library.advisory_locks import LIBRARIES
from mediarec.library.errors import MediarecError, NotUnderstoodError, UnavailableError
from mediarec.library.folder_sync.diff import HERE, KnownFile, diff_folder
from mediarec.library.importers import watch_history
from mediarec.library.importers.source import Source
from mediarec.library.models import BatchState, ImportBatch, Item, Library, MediaFile, Person
from mediarec.library.scanning import FoundFile, sign_inode
from tests.library.folder_sync.test_rescan import kim, library, look, make_song, music, seen  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
ENDINGS = frozenset({b".flac"})


class StopError(Exception):
    """What a task raises in the middle when it is cancelled."""


def test_links_that_lead_round_in_circles_end(seen: Library, music: Path) -> None:  # noqa: F811
    (music / "deeper").mkdir()
    (music / "deeper" / "again").symlink_to(music)
    (music / "nowhere.flac").symlink_to("not-there")
    outcome = folder_sync.rescan_library(seen.pk)
    assert outcome.counts["unchanged"] == 2 and outcome.counts["added"] == 0
    assert any("was read already" in problem for problem in outcome.problems)
    assert any("is a link to nowhere" in problem for problem in outcome.problems)


def test_a_folder_that_cannot_be_opened_takes_nothing_with_it(
    library: Library,  # noqa: F811
    music: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_song(music / "Locked", "Salt Wind", 440)
    assert look(library) == {"added": 3}
    scan = os.scandir

    def refuse(folder: bytes) -> object:
        if folder.endswith(b"Locked"):
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)  # who runs the tests may be root, whom no lock stops
    outcome = folder_sync.rescan_library(library.pk)
    assert outcome.counts["removed"] == 0 and outcome.counts["unchanged"] == 2
    assert [problem for problem in outcome.problems if "Locked cannot be opened: Permission denied" in problem]
    assert not MediaFile.objects.filter(is_missing=True).exists()


def test_names_that_are_not_utf8_are_followed_byte_by_byte(seen: Library, music: Path) -> None:  # noqa: F811
    folder = os.fsencode(music)
    os.rename(folder + b"/Low Tide.flac", folder + b"/caf\xe9.flac")  # noqa: PTH104
    assert look(seen) == {"moved": 1, "unchanged": 1}
    moved = MediaFile.objects.get(item__title="Low Tide")
    assert bytes(moved.path_raw).endswith(b"caf\xe9.flac") and moved.path.endswith("caf\\xe9.flac")
    make_song(music, "Salt Wind", 440)
    os.rename(folder + b"/Salt Wind.flac", folder + b"/\xff\xfe\n.flac")  # noqa: PTH104
    assert look(seen) == {"added": 1, "unchanged": 2}
    assert look(seen) == {"unchanged": 3}


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_look(
    seen: Library,  # noqa: F811
    music: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = make_song(music, "Salt Wind", 440)
    from mediarec.library.importers.folder import read_found as read

    def read_and_write(files: list[FoundFile], options: object) -> object:
        for row in read(files, options):  # type: ignore[arg-type]
            with path.open("ab") as opened:
                opened.write(b"more")
            yield row

    with monkeypatch.context() as patched:
        patched.setattr(watch_history, "read_found", read_and_write)
        folder_sync.rescan_library(seen.pk)
    assert "changed while it was read" in ImportBatch.objects.first().rows.get().reason  # type: ignore[union-attr]
    assert not MediaFile.objects.filter(item__title="Salt Wind").exists()
    assert look(seen) == {"added": 1, "unchanged": 2}


def test_a_broken_file_is_read_once_and_again_when_it_changes(seen: Library, music: Path) -> None:  # noqa: F811
    (music / "broken.flac").write_bytes(b"this is no music")
    (music / "no ending").write_bytes(b"nor is this")
    assert look(seen) == {"added": 1, "unchanged": 2, "others": 1}
    assert look(seen) == {"unchanged": 2, "left_out": 2} and ImportBatch.objects.count() == 2
    assert [file.path for file in folder_sync.list_skipped(seen)] == [str(music / "broken.flac")]
    make_song(music, "Salt Wind", 440).rename(music / "broken.flac")
    assert look(seen) == {"changed": 1, "unchanged": 2, "left_out": 1}
    assert MediaFile.objects.filter(item__title="Salt Wind").exists()
    assert look(seen) == {"unchanged": 3, "left_out": 1}
    assert not folder_sync.list_skipped(seen).exists()


def test_a_library_of_films_leaves_songs_alone(music: Path, kim: Person) -> None:  # noqa: F811
    films = folder_sync.add_library(os.fsencode(music), folder_sync.LibrarySettings("Films", kinds=["film"]))
    assert look(films) == {"others": 2}
    assert not Item.objects.exists()


def test_a_cancelled_look_leaves_nothing_half_done_and_the_next_goes_on(
    library: Library,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(done: int, total: int, message: str) -> None:
        raise StopError

    with pytest.raises(StopError):
        folder_sync.rescan_library(library.pk, stop)
    assert ImportBatch.objects.get().state == BatchState.CANCELLED
    assert look(library) == {"added": 2}


def test_a_look_goes_on_after_the_batches_that_were_done(
    library: Library,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mediarec.library.folder_sync.rescan.BATCH_FILES", 1)
    told: list[int] = []

    def stop_later(done: int, total: int, message: str) -> None:
        told.append(done)
        if ImportBatch.objects.count() == 2:
            raise StopError

    with pytest.raises(StopError):
        folder_sync.rescan_library(library.pk, stop_later)
    assert MediaFile.objects.count() == 1
    assert look(library) == {"added": 1, "unchanged": 1}


def test_a_list_of_files_that_somebody_uploads_is_refused(music: Path, kim: Person, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "uploads" / "1" / "files.jsonl"
    watch_history.write_list([FoundFile(os.fsencode(music / "Low Tide.flac"), 1, 1, 1)], [], set(), path)
    assert not watch_history.WatchedImporter().recognises(Source(path))
    with suppress(MediarecError):
        batch = batches.create_batch(kim, path)
        batches.read_batch(batch.pk)
        batches.commit_batch(batch.pk)
    assert not MediaFile.objects.exists()


def test_two_looks_at_once_are_one(seen: Library, other_session: psycopg.Connection) -> None:  # noqa: F811
    other_session.execute("SELECT pg_advisory_lock(%s, %s)", [LIBRARIES, seen.pk])
    with pytest.raises(UnavailableError, match="being looked through already"):
        folder_sync.rescan_library(seen.pk)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("Music", "not a full path"),
        ("/no/such/folder", "is not a folder"),
        ("{tmp}/home/artwork", "mediarec's own files"),
        ("{tmp}/home", "mediarec's own files"),
        ("{tmp}", "mediarec's own files"),
        ("{tmp}/Music", "is watched already"),
        ("{tmp}/Music/Sea", "lie inside one another"),
        ("{tmp}/link", "is watched already"),
    ],
)
def test_it_refuses_folders_that_cannot_be_watched(path: str, why: str, library: Library, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "home" / "artwork").mkdir(parents=True)
    (tmp_path / "Music" / "Sea").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "Music")
    with pytest.raises(NotUnderstoodError, match=why):
        folder_sync.add_library(path.format(tmp=tmp_path).encode(), folder_sync.LibrarySettings("Another"))
    assert Library.objects.count() == 1


def test_the_walk_costs_one_look_per_file_and_reads_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[bytes, KnownFile] = {}
    for number in range(50):
        path = tmp_path / f"{number}.flac"
        path.write_bytes(b"x")
        about = path.stat()
        known[os.fsencode(path)] = (1, about.st_mtime_ns, sign_inode(about.st_ino), HERE, number)
    monkeypatch.setattr("builtins.open", None)
    found = diff_folder(os.fsencode(tmp_path), known, ENDINGS, lambda looked_at: None)
    assert found.unchanged == 50 and not found.gone and not found.added


def test_an_inode_beyond_a_signed_number_fits_the_column() -> None:
    assert sign_inode(2**64 - 1) == -1 and sign_inode(2**63) == -(2**63) and sign_inode(5) == 5


def test_the_list_is_gone_once_it_was_read(seen: Library, tmp_path: Path) -> None:  # noqa: F811
    lists = tmp_path / "home" / "uploads" / watch_history.LISTS_FOLDER
    assert list(lists.iterdir()) == []
    assert json.loads(json.dumps(folder_sync.rescan_library(seen.pk).to_json()))["library"] == "Music"
