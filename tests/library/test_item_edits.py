"""Changes by hand: what imports may not overwrite, and files and events that were somebody else's."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from mediarec.library import batches, item_edits, item_merge
from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.interactions import record_interaction
from mediarec.library.models import AuditEntry, Interaction, Item, ItemChange, MediaFile, Person
from tests.media import picture_bytes
from tests.people import START

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"


def bring_in(person: Person, path: Path, **work: object) -> int:
    path.write_text(json.dumps({"kind": "film", **work}), encoding="utf-8")
    batch = batches.create_batch(person, path)
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    return batch.pk


def test_an_import_does_not_fill_a_field_that_a_person_emptied(ana: Person, tmp_path: Path) -> None:
    item = Item.objects.create(kind="film", title="Solaris", title_key="solaris", year=1972)
    item_edits.mark_edited(item, ["synopsis"])
    item.save()
    batch = bring_in(ana, tmp_path / "a.jsonl", title="Solaris", year=1972, synopsis="A planet.", genres=["Drama"])
    item.refresh_from_db()
    assert item.synopsis == "" and item.genres == ["Drama"]
    item.genres = ["Science fiction"]
    item_edits.mark_edited(item, ["genres"])
    item.save()
    batches.undo_batch(batch)
    item.refresh_from_db()
    assert item.genres == ["Science fiction"]
    assert item_edits.release_fields([item], ana) == 1
    bring_in(ana, tmp_path / "b.jsonl", title="Solaris", year=1972, synopsis="A planet.")
    item.refresh_from_db()
    assert item.synopsis == "A planet."


def test_an_uploaded_picture_is_scaled_protected_and_logged(library: dict[str, Item], ana: Person) -> None:
    item = library["Slow Film 1"]
    name = item_edits.replace_artwork(item, picture_bytes((3000, 2000)), ana)
    item.refresh_from_db()
    assert (item.artwork, item.artwork_is_drawn, item.edited_fields) == (name, False, ["artwork"])
    entry = AuditEntry.objects.get(action="replaced artwork")
    assert entry.after == {"artwork": name} and entry.actor == "ana"


def make_bomb() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data", [SVG, POSTSCRIPT, b"", b"GIF89a", make_bomb(), b"x" * (item_edits.MOST_PICTURE_BYTES + 1)]
)
def test_a_file_that_is_not_a_picture_is_refused_and_changes_nothing(
    data: bytes, library: dict[str, Item], ana: Person
) -> None:
    with pytest.raises(NotUnderstoodError):
        item_edits.replace_artwork(library["Slow Film 1"], data, ana)
    assert Item.objects.get(title="Slow Film 1").artwork == ""


def test_files_and_events_move_to_another_item(library: dict[str, Item], ana: Person) -> None:
    wrong, right = library["Slow Film 1"], library["Fast Film 1"]
    file = MediaFile.objects.create(
        item=wrong, path_raw=b"/m/a.mkv", path="/m/a.mkv", size_bytes=1, mtime_ns=1, content_hash="x"
    )
    event = Interaction.objects.get(item=wrong)
    moved = item_edits.move_to_item(wrong, right.pk, [file.pk], [event.pk], ana)
    assert (moved.files, moved.events, moved.target) == (1, 1, right)
    file.refresh_from_db()
    assert file.item == right and file.is_placed_by_hand
    assert list(Interaction.objects.filter(item=right)) == [event] and not wrong.interactions.exists()
    assert AuditEntry.objects.filter(action="fixed match").count() == 2


def test_they_move_to_a_new_item_when_there_is_none(library: dict[str, Item], ana: Person) -> None:
    event = Interaction.objects.get(item=library["Slow Film 1"])
    made = item_edits.move_to_item(library["Slow Film 1"], " Stalker ", [], [event.pk], ana).target
    assert (made.kind, made.title, made.title_key) == ("film", "Stalker", "stalker")
    item_merge.undo_change(ItemChange.objects.get().pk)
    assert Interaction.objects.get(pk=event.pk).item.title == "Slow Film 1"


def test_identical_events_of_both_items_are_kept_once(library: dict[str, Item], ana: Person) -> None:
    first, second = library["Slow Film 1"], library["Slow Film 2"]
    ids = [record_interaction(ana.pk, item.pk, "liked", occurred_at=START).pk for item in (first, second)]
    item_edits.move_to_item(first, second.pk, [], [ids[0]], ana)
    standing = Interaction.objects.filter(item=second, what="liked", withdrawn_at=None)
    assert [event.pk for event in standing] == [ids[1]]
    assert Interaction.objects.filter(item=second, what="liked").count() == 2


def test_it_refuses_invalid_moves(library: dict[str, Item], ana: Person) -> None:
    film, song = library["Slow Film 1"], library["Loud Song 1"]
    event = Interaction.objects.get(item=film)
    for target, files, events, error in (
        (song.pk, [], [event.pk], NotUnderstoodError),
        (film.pk, [], [event.pk], NotUnderstoodError),
        (library["Fast Film 1"].pk, [], [], NotUnderstoodError),
        ("  ", [], [event.pk], NotUnderstoodError),
        (library["Fast Film 1"].pk, [], [event.pk, 10**9], NotFoundError),
        (10**9, [], [event.pk], NotFoundError),
    ):
        with pytest.raises(error):
            item_edits.move_to_item(film, target, files, events, ana)
    assert Interaction.objects.filter(item=film).count() == 1 and not AuditEntry.objects.exists()
