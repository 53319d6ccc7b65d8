"""Playlists in a person archive: items in order, and the request each was built from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mediarec.library.person_archive.restored_rows import build_undo, date_row
from mediarec.library.person_archive.tables import ArchiveTable, Record, RowIds
from recommender.models import Playlist, PlaylistEntry
from recommender.person_archive.values import LIST, OBJECT, TEXT, cut, renumber, write_time
from recommender.person_archive.wishes import list_wish_items, renumber_wish


def _read(person_id: int) -> Iterator[dict[str, Any]]:
    for row in Playlist.objects.filter(person_id=person_id).order_by("pk").iterator():
        items = list(row.entries.order_by("position").values_list("item_id", flat=True))
        at = write_time(row.created_at)
        yield {"name": row.name, "note": row.note, "items": items, "wish": row.wish, "created_at": at}


def _list_items(person_id: int) -> Iterator[int]:
    yield from PlaylistEntry.objects.filter(playlist__person_id=person_id).values_list("item_id", flat=True)
    yield from list_wish_items(Playlist.objects.filter(person_id=person_id).values_list("wish", flat=True))


def _restore(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> RowIds:
    created: RowIds = []
    existing = {
        (row.name, tuple(row.entries.order_by("position").values_list("item_id", flat=True)))
        for row in Playlist.objects.filter(person_id=person_id)
    }
    for record in records:
        items = tuple(dict.fromkeys(renumber(record["items"], numbers)))
        name = cut(record["name"], 200)
        if not name or (name, items) in existing:
            continue
        existing.add((name, items))
        wish = renumber_wish(record["wish"], numbers)
        row = Playlist.objects.create(person_id=person_id, name=name, note=cut(record["note"]), wish=wish)
        PlaylistEntry.objects.bulk_create(
            PlaylistEntry(playlist=row, item_id=item_id, position=position) for position, item_id in enumerate(items)
        )
        date_row(row, "created_at", record["created_at"])
        created.append(row.pk)
    return created


PLAYLISTS = ArchiveTable(
    "playlists", "playlists with their items in order",
    {"name": TEXT, "note": TEXT, "items": LIST, "wish": OBJECT, "created_at": TEXT},
    _read, _list_items, _restore, build_undo(Playlist),
)  # fmt: skip
