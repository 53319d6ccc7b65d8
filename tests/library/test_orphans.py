"""What belongs to nothing is found without deleting it, and deleted no further than the cap allows."""

import os
import time
from pathlib import Path

import pytest
from django.conf import settings

from mediarec.library import orphans
from mediarec.library.artwork import store_artwork
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import BatchState, ImportBatch, Interaction, Item, Library, MediaFile, Person
from tests.media import picture_bytes
from tests.people import make_ana

pytestmark = pytest.mark.django_db
LONG_AGO = time.time() - 2 * orphans.YOUNG_SECONDS


def find(part: str) -> orphans.Orphans:
    return next(found for found in orphans.find_orphans() if found.part == part)


def age(path: Path) -> Path:
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def make_picture(name: str) -> Path:
    settings.ARTWORK_ROOT.mkdir(parents=True, exist_ok=True)
    path: Path = settings.ARTWORK_ROOT / name
    path.write_bytes(b"xx")
    return age(path)


def put(item: Item, path: Path) -> MediaFile:
    return MediaFile.objects.create(
        item=item, path_raw=os.fsencode(path), path=str(path), size_bytes=1, mtime_ns=1, content_hash="x"
    )


def test_a_picture_in_use_is_kept(library: dict[str, Item]) -> None:
    kept = age(settings.ARTWORK_ROOT / store_artwork(library["Slow Film 1"], picture_bytes()))
    loose = make_picture("loose.webp")
    (settings.ARTWORK_ROOT / "young.webp").write_bytes(b"being written")
    found = find("artwork")
    assert (found.names, found.total, found.size_bytes) == (["loose.webp"], 3, 2)
    assert loose.exists()  # looking deletes nothing
    assert orphans.delete_orphans([found], orphans.Cap()) == {"artwork": 1}
    assert kept.exists() and not loose.exists()


def test_a_picture_that_came_into_use_meanwhile_is_kept(library: dict[str, Item]) -> None:
    path = make_picture("loose.webp")
    found = find("artwork")
    Item.objects.filter(title="Slow Film 1").update(artwork="loose.webp")
    assert orphans.delete_orphans([found], orphans.Cap()) == {"artwork": 0} and path.exists()


def test_an_upload_with_a_waiting_import_is_kept(library: dict[str, Item]) -> None:
    for name in ("waits", "done"):
        (settings.UPLOADS_ROOT / name).mkdir(parents=True)
        (settings.UPLOADS_ROOT / name / "seen.csv").write_bytes(b"x")
        age(settings.UPLOADS_ROOT / name)
    ana = Person.objects.create_user("kim")
    for name, state in (("waits", BatchState.PREVIEW), ("done", BatchState.COMMITTED)):
        path = str(settings.UPLOADS_ROOT / name / "seen.csv")
        ImportBatch.objects.create(person=ana, source="generic", label=name, path=path, state=state)
    found = find("uploads")
    assert found.names == ["done"]
    orphans.delete_orphans([found], orphans.Cap())
    assert [path.name for path in settings.UPLOADS_ROOT.iterdir()] == ["waits"]


def test_a_row_without_a_file_is_deleted_and_the_history_kept(library: dict[str, Item], tmp_path: Path) -> None:
    ana = make_ana()
    (tmp_path / "here.mkv").write_bytes(b"x")
    here, gone = put(library["Slow Film 1"], tmp_path / "here.mkv"), put(library["Slow Film 2"], tmp_path / "gone.mkv")
    found = find("files")
    assert found.names == [gone.path]
    assert orphans.delete_orphans([found], orphans.Cap()) == {"files": 1}
    assert list(MediaFile.objects.all()) == [here]
    assert Interaction.objects.filter(person=ana, item=library["Slow Film 2"]).count() == 1


def test_a_library_on_an_unplugged_disk_loses_no_rows(library: dict[str, Item], tmp_path: Path) -> None:
    root = tmp_path / "unplugged"
    put(library["Slow Film 1"], root / "film.mkv")
    Library.objects.create(name="Films", root=str(root), root_raw=os.fsencode(root))
    assert find("files").count == 0


def test_nothing_is_deleted_if_one_part_exceeds_the_cap(library: dict[str, Item], tmp_path: Path) -> None:
    picture = make_picture("loose.webp")
    for number in range(3):
        put(library["Slow Film 1"], tmp_path / f"{number}.mkv")
    found = [find("artwork"), find("files")]
    with pytest.raises(NotUnderstoodError, match="3 of 3 would go, more than 2 and more than 10 percent"):
        orphans.delete_orphans(found, orphans.Cap(most=2, percent=10))
    assert picture.exists() and MediaFile.objects.count() == 3
    assert orphans.delete_orphans(found, orphans.Cap(most=3)) == {"artwork": 1, "files": 3}


@pytest.mark.parametrize(
    ("count", "total", "allowed"), [(0, 0, True), (100, 100, True), (101, 1000, False), (101, 1010, True)]
)
def test_the_cap_is_a_number_or_a_share(count: int, total: int, allowed: bool) -> None:
    assert orphans.Cap(most=100, percent=10).allows(count, total) is allowed
