"""An NFO, a poster or a cover that changes beside a file that does not."""

import os
import shutil
from pathlib import Path

import pytest

from mediarec.library import batches, folder_sync
from mediarec.library.folder_sync import rescan
from mediarec.library.models import Item, Library, MediaFile, Person
from tests.media import make_audio, make_picture, make_video

pytestmark = pytest.mark.django_db
NFO = "<movie><title>Solaris</title><year>1972</year><plot>{plot}</plot><genre>{genre}</genre></movie>"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look begins after whatever was written before it, however coarse the file system's clock is."""
    latest = 0

    def read_clock() -> int:
        files = [path for path in Path(Library.objects.get().root).rglob("*") if path.is_file()]
        return max([latest, *(max(path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in files)])

    monkeypatch.setattr(rescan, "read_clock", read_clock)


@pytest.fixture
def kim() -> Person:
    return Person.objects.create_user("kim", is_staff=True)


@pytest.fixture
def films(tmp_path: Path, kim: Person) -> Path:
    folder = tmp_path / "Films"
    make_video(folder / "Solaris" / "solaris.mkv")
    (folder / "Solaris" / "solaris.nfo").write_text(NFO.format(plot="A planet thinks.", genre="Drama"))
    make_picture(folder / "Solaris" / "poster.jpg", colour="teal")
    make_video(folder / "Heat" / "Heat (1995).mkv")
    return folder


@pytest.fixture
def seen(films: Path) -> Library:
    library = folder_sync.add_library(os.fsencode(films), folder_sync.LibrarySettings("Films"))
    assert look(library) == {"added": 2, "others": 2}
    assert look(library) == {"unchanged": 2, "others": 2}
    return library


def look(library: Library) -> dict[str, int]:
    return {name: count for name, count in folder_sync.rescan_library(library.pk).counts.items() if count}


def solaris() -> Item:
    return Item.objects.get(title="Solaris")


def test_a_changed_nfo_is_read_again_and_only_for_its_film(seen: Library, films: Path) -> None:
    (films / "Solaris" / "solaris.nfo").write_text(NFO.format(plot="An ocean remembers.", genre="Mystery"))
    assert look(seen) == {"changed": 1, "unchanged": 1, "others": 2}
    assert (solaris().synopsis, solaris().genres) == ("An ocean remembers.", ["Mystery"])
    assert Item.objects.count() == MediaFile.objects.count() == 2
    assert look(seen) == {"unchanged": 2, "others": 2}


def test_a_later_nfo_adds_what_the_file_name_lacked(seen: Library, films: Path) -> None:
    words = "<movie><title>Heat</title><year>1995</year><plot>Two men in one city.</plot></movie>"
    (films / "Heat" / "movie.nfo").write_text(words)
    assert look(seen) == {"changed": 1, "unchanged": 1, "others": 3}
    assert Item.objects.get(title="Heat").synopsis == "Two men in one city."


def test_a_new_poster_replaces_the_previous_one(seen: Library, films: Path, tmp_path: Path) -> None:
    before = solaris().artwork
    old = make_picture(tmp_path / "other.jpg", colour="crimson")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    shutil.copy2(old, films / "Solaris" / "poster.jpg")  # bears the old time
    assert look(seen) == {"changed": 1, "unchanged": 1, "others": 2}
    assert solaris().artwork not in {"", before}
    assert not solaris().artwork_is_drawn


def test_undoing_restores_the_previous_fields_and_poster(seen: Library, films: Path) -> None:
    was = solaris()
    (films / "Solaris" / "solaris.nfo").write_text(NFO.format(plot="An ocean remembers.", genre="Mystery"))
    make_picture(films / "Solaris" / "poster.jpg", colour="crimson")
    (batch,) = folder_sync.rescan_library(seen.pk).batches
    assert solaris().artwork != was.artwork
    batches.undo_batch(batch)
    now = solaris()
    assert (now.synopsis, now.genres, now.artwork) == (was.synopsis, was.genres, was.artwork)
    assert not now.artwork_is_drawn
    assert MediaFile.objects.count() == 2
    assert look(seen) == {"unchanged": 2, "others": 2}


def test_an_edited_field_is_not_overwritten_by_a_changed_nfo(seen: Library, films: Path) -> None:
    Item.objects.filter(title="Solaris").update(synopsis="My own words.", edited_fields=["synopsis"])
    (films / "Solaris" / "solaris.nfo").write_text(NFO.format(plot="An ocean remembers.", genre="Mystery"))
    look(seen)
    assert (solaris().synopsis, solaris().genres) == ("My own words.", ["Mystery"])


def test_a_new_cover_above_disc_folders_is_the_albums(tmp_path: Path, kim: Person) -> None:
    music = tmp_path / "Music"
    tags = {"title": "Low Tide", "artist": "Harbour Lights", "album": "Quay"}
    make_audio(music / "Quay" / "CD1" / "01.flac", tags, 0.2)
    library = folder_sync.add_library(os.fsencode(music), folder_sync.LibrarySettings("Music"))
    assert look(library) == {"added": 1}
    make_picture(music / "Quay" / "cover.jpg", (300, 300))
    assert look(library) == {"changed": 1, "others": 1}
    assert Item.objects.get(title="Quay").artwork
