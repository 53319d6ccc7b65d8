"""Looking through a watched folder again: what was added, moved, changed, removed, and what comes back."""

import os
from pathlib import Path

import pytest

from mediarec.library import batches, folder_sync
from mediarec.library.errors import UnavailableError
from mediarec.library.folder_sync import move_detection
from mediarec.library.interactions import record_interaction
from mediarec.library.models import (
    ImportBatch,
    Interaction,
    Item,
    LeftOutFile,
    Library,
    MediaFile,
    Person,
)
from tests.media import make_audio

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim() -> Person:
    return Person.objects.create_user("kim", is_staff=True)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "Music"
    make_song(folder, "Low Tide", 220)
    make_song(folder, "Fog Signal", 330)
    return folder


@pytest.fixture
def library(music: Path, kim: Person) -> Library:
    return folder_sync.add_library(os.fsencode(music), folder_sync.LibrarySettings("Music"))


def make_song(folder: Path, title: str, hertz: float) -> Path:
    return make_audio(folder / f"{title}.flac", {"title": title, "artist": "Harbour Lights"}, 0.2, hertz)


def look(library: Library, *, really_gone: bool = False) -> dict[str, int]:
    """What was found, without what was not."""
    counts = folder_sync.rescan_library(library.pk, really_gone=really_gone).counts
    return {name: count for name, count in counts.items() if count}


def file_of(title: str) -> MediaFile:
    return MediaFile.objects.get(item__title=title)


@pytest.fixture
def seen(library: Library) -> Library:
    """The library after a first look."""
    assert look(library) == {"added": 2}
    return library


@pytest.fixture
def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a file now fails."""

    def refuse(*arguments: object) -> str:
        raise AssertionError("a file was read")

    monkeypatch.setattr(move_detection, "hash_content", refuse)
    monkeypatch.setattr("mediarec.library.importers.folder.read_audio", refuse)
    monkeypatch.setattr("mediarec.library.folder_sync.rescan.begins_like_media", refuse)


def test_it_imports_new_files(seen: Library, music: Path) -> None:
    assert {file.path for file in MediaFile.objects.all()} == {str(path) for path in music.iterdir()}
    make_song(music, "Salt Wind", 440)
    assert look(seen) == {"added": 1, "unchanged": 2}
    assert file_of("Salt Wind").item.kind == "track"


def test_it_reads_nothing_when_nothing_has_changed(seen: Library, no_reading: None) -> None:
    assert look(seen) == {"unchanged": 2}
    assert ImportBatch.objects.count() == 1


def test_a_moved_file_keeps_its_item_and_its_history(seen: Library, music: Path, kim: Person) -> None:
    before = file_of("Low Tide")
    record_interaction(kim.pk, before.item_id, "liked")
    (music / "Sea").mkdir()
    (music / "Low Tide.flac").rename(music / "Sea" / "01 - another name.flac")
    assert look(seen) == {"moved": 1, "unchanged": 1}
    after = file_of("Low Tide")
    assert (after.pk, after.item_id) == (before.pk, before.item_id)
    assert after.path.endswith("Sea/01 - another name.flac") and not after.is_missing
    assert Interaction.objects.filter(item=after.item_id).count() == 1


def test_two_files_that_swap_paths_are_both_recognised(seen: Library, music: Path) -> None:
    items = {title: file_of(title).item_id for title in ("Low Tide", "Fog Signal")}
    (music / "Low Tide.flac").rename(music / "x.flac")
    (music / "Fog Signal.flac").rename(music / "Low Tide.flac")
    (music / "x.flac").rename(music / "Fog Signal.flac")
    assert look(seen) == {"moved": 2}
    assert file_of("Low Tide").path.endswith("Fog Signal.flac") and file_of("Fog Signal").path.endswith("Low Tide.flac")
    assert {title: file_of(title).item_id for title in items} == items


def test_a_file_moved_over_another_leaves_the_history_of_that_one(seen: Library, music: Path, kim: Person) -> None:
    record_interaction(kim.pk, file_of("Fog Signal").item_id, "liked")
    (music / "Low Tide.flac").rename(music / "Fog Signal.flac")
    assert look(seen) == {"moved": 1, "removed": 1}
    assert file_of("Low Tide").path.endswith("Fog Signal.flac") and file_of("Fog Signal").is_missing
    assert Interaction.objects.get().item.title == "Fog Signal"
    assert look(seen) == {"unchanged": 1}


def test_a_copy_is_not_a_move(seen: Library, music: Path) -> None:
    (music / "copy.flac").write_bytes((music / "Low Tide.flac").read_bytes())
    assert look(seen) == {"added": 1, "unchanged": 2}
    assert MediaFile.objects.filter(item__title="Low Tide").count() == 2


def test_a_changed_file_is_read_again_in_its_place(seen: Library, music: Path) -> None:
    before = file_of("Low Tide")
    make_audio(music / "Low Tide.flac", {"title": "Low Tide", "artist": "Harbour Lights"}, 0.5, 110)
    assert look(seen) == {"changed": 1, "unchanged": 1}
    after = file_of("Low Tide")
    assert after.pk == before.pk and after.content_hash != before.content_hash
    assert look(seen) == {"unchanged": 2}


def test_a_touched_file_is_hashed_once_and_not_imported_again(seen: Library, music: Path) -> None:
    os.utime(music / "Low Tide.flac", (1, 1))
    assert look(seen) == {"unchanged": 2}
    assert ImportBatch.objects.count() == 1
    assert file_of("Low Tide").mtime_ns == 1_000_000_000


def test_a_removed_file_is_missing_and_its_history_stays(seen: Library, music: Path, kim: Person) -> None:
    record_interaction(kim.pk, file_of("Low Tide").item_id, "liked")
    (music / "Low Tide.flac").unlink()
    assert look(seen) == {"removed": 1, "unchanged": 1}
    assert file_of("Low Tide").is_missing and file_of("Low Tide").missing_since is not None
    assert Interaction.objects.filter(item__title="Low Tide", withdrawn_at=None).count() == 1
    assert look(seen) == {"unchanged": 1}


def test_a_returned_file_is_present_again_at_any_path(seen: Library, music: Path, tmp_path: Path) -> None:
    away = {title: tmp_path / title for title in ("Low Tide", "Fog Signal")}
    for title, place in away.items():
        (music / f"{title}.flac").rename(place)
    (music / "cover.jpg").write_bytes(b"the folder is not empty")
    assert look(seen) == {"removed": 2, "others": 1}
    away["Low Tide"].rename(music / "Low Tide.flac")
    away["Fog Signal"].rename(music / "Found again.flac")
    assert look(seen) == {"moved": 1, "returned": 1, "others": 1}
    assert not MediaFile.objects.filter(is_missing=True).exists()
    assert file_of("Fog Signal").path.endswith("Found again.flac")


def test_an_emptied_folder_marks_nothing_as_missing_and_is_reported(seen: Library, music: Path) -> None:
    for path in music.iterdir():
        path.unlink()
    with pytest.raises(UnavailableError, match="is empty, and 2 files were there before"):
        look(seen)
    seen.refresh_from_db()
    assert "disk connected" in seen.problem and seen.found["added"] == 2
    assert not MediaFile.objects.filter(is_missing=True).exists()
    assert look(seen, really_gone=True) == {"removed": 2}
    seen.refresh_from_db()
    assert seen.problem == ""


def test_a_missing_folder_marks_nothing_as_missing(seen: Library, music: Path) -> None:
    music.rename(music.with_name("unplugged"))
    with pytest.raises(UnavailableError, match="is not there"):
        look(seen, really_gone=True)
    assert not MediaFile.objects.filter(is_missing=True).exists()


def test_the_first_scan_knows_files_imported_by_hand(library: Library, music: Path, kim: Person) -> None:
    batch = batches.create_batch(kim, music)
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    assert look(library) == {"unchanged": 2}
    assert not MediaFile.objects.filter(inode=None).exists()


def test_files_of_an_undone_import_stay_out_until_somebody_asks(seen: Library) -> None:
    batches.undo_batch(ImportBatch.objects.get().pk)
    assert look(seen) == {"left_out": 2} and not MediaFile.objects.exists()
    assert "taken back" in LeftOutFile.objects.first().reason  # type: ignore[union-attr]
    assert folder_sync.forget_skipped(seen) == 2
    assert look(seen) == {"added": 2} and Item.objects.filter(kind="track").count() == 2


def test_a_file_placed_by_hand_keeps_its_item_whatever_its_tags_say(seen: Library, music: Path) -> None:
    chosen = Item.objects.create(kind="track", title="The real one", title_key="the real one")
    MediaFile.objects.filter(item__title="Low Tide").update(item=chosen, is_placed_by_hand=True)
    make_audio(music / "Low Tide.flac", {"title": "Wrong again", "artist": "Nobody"}, 0.5, 110)
    assert look(seen) == {"changed": 1, "unchanged": 1}
    assert file_of("The real one").path.endswith("Low Tide.flac")
    assert not Item.objects.filter(title="Wrong again").exists()
