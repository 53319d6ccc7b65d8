"""What is kept out by hand: an item, what belongs to it, and what lies in a folder or a library."""

import pytest

from mediarec.library import exclusions
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import ExcludedFolder, Item, Kind, Library, MediaFile
from mediarec.library.scanning import show_path

pytestmark = pytest.mark.django_db


def put(item: Item, path: bytes, *, is_missing: bool = False) -> MediaFile:
    return MediaFile.objects.create(
        item=item, path_raw=path, path=show_path(path), size_bytes=1, mtime_ns=1,
        content_hash=path.hex()[:64], is_missing=is_missing,
    )  # fmt: skip


def list_left() -> set[str]:
    return set(exclusions.exclude_excluded_items(Item.objects.all()).values_list("title", flat=True))


def test_an_excluded_item_is_not_listed(library: dict[str, Item]) -> None:
    Item.objects.filter(title="Slow Film 1").update(is_excluded=True)
    assert list_left() == set(library) - {"Slow Film 1"}


def test_an_excluded_album_excludes_its_tracks(library: dict[str, Item]) -> None:
    album = Item.objects.create(kind=Kind.ALBUM, title="Loud", title_key="loud", is_excluded=True)
    Item.objects.filter(title__startswith="Loud Song").update(parent=album)
    assert list_left() == {title for title in library if not title.startswith("Loud Song")}


def test_an_excluded_folder_excludes_items_with_no_copy_elsewhere(library: dict[str, Item]) -> None:
    put(library["Slow Film 1"], b"/media/kids/one.mkv")
    put(library["Slow Film 2"], b"/media/kids/two.mkv")
    put(library["Slow Film 2"], b"/media/films/two.mkv")  # a copy elsewhere may still be offered
    put(library["Slow Film 3"], b"/media/kids-and-more/three.mkv")  # only looks like it
    put(library["Slow Film 4"], b"/media/kids/four.mkv", is_missing=True)
    put(library["Slow Film 4"], b"/media/films/four.mkv", is_missing=True)
    exclusions.exclude_folder(b"/media/kids/")
    assert set(library) - list_left() == {"Slow Film 1", "Slow Film 4"}


def test_a_folder_with_a_name_that_is_not_utf8_is_excluded(library: dict[str, Item]) -> None:
    put(library["Loud Song 1"], b"/media/caf\xe9/one.flac")
    put(library["Loud Song 2"], b"/media/caf\xea/one.flac")
    exclusions.exclude_folder(b"/media/caf\xe9")
    assert set(library) - list_left() == {"Loud Song 1"}


def test_an_album_is_excluded_when_all_its_tracks_are(library: dict[str, Item]) -> None:
    albums = [Item.objects.create(kind=Kind.ALBUM, title=t, title_key=t) for t in ("wholly inside", "half inside")]
    for number in (1, 2):
        Item.objects.filter(title=f"Loud Song {number}").update(parent=albums[0])
        Item.objects.filter(title=f"Soft Song {number}").update(parent=albums[1])
        put(library[f"Loud Song {number}"], b"/m/out/loud%d.flac" % number)
        put(library[f"Soft Song {number}"], b"/m/%s/soft%d.flac" % (b"out" if number == 1 else b"in", number))
    exclusions.exclude_folder(b"/m/out")
    left = list_left()
    assert "wholly inside" not in left and "half inside" in left
    assert {"Loud Song 1", "Loud Song 2", "Soft Song 1"}.isdisjoint(left) and "Soft Song 2" in left


def test_an_excluded_library_excludes_its_folder_until_included_again(library: dict[str, Item]) -> None:
    put(library["Slow Film 1"], b"/media/films/one.mkv")
    films = Library.objects.create(name="Films", root="/media/films", root_raw=b"/media/films", is_excluded=True)
    assert "Slow Film 1" not in list_left()
    films.is_excluded = False
    films.save()
    assert list_left() == set(library)


def test_including_a_folder_again_brings_its_items_back(library: dict[str, Item]) -> None:
    put(library["Slow Film 1"], b"/media/kids/one.mkv")
    folder = exclusions.exclude_folder(b"/media/kids")
    assert exclusions.exclude_folder(b"/media/kids/").pk == folder.pk
    assert exclusions.include_folder(folder.pk) == "/media/kids"
    assert list_left() == set(library)


@pytest.mark.parametrize("path", [b"music", b"/", b"/media/../..", b"/media/\x00"])
def test_it_refuses_unsuitable_paths(path: bytes) -> None:
    with pytest.raises(NotUnderstoodError):
        exclusions.exclude_folder(path)
    assert not ExcludedFolder.objects.exists()
