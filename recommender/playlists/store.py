"""Stored playlists. Every change is one transaction; another person's playlist raises NotFoundError."""

from collections.abc import Sequence

from django.db import transaction

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import Item
from recommender.models import Playlist, PlaylistEntry
from recommender.playlists.builder import PlaylistRequest

NAME_LENGTH = 200


def find_playlist(person_id: int, playlist_id: int) -> Playlist:
    try:
        return Playlist.objects.get(pk=playlist_id, person_id=person_id)
    except Playlist.DoesNotExist as error:
        raise NotFoundError("There is no such playlist.") from error


@transaction.atomic
def save_playlist(person_id: int, name: str, item_ids: Sequence[int], wish: PlaylistRequest | None = None) -> Playlist:
    """Stores a playlist without repeats. Raises NotFoundError for unknown items."""
    unique = list(dict.fromkeys(item_ids))
    existing = set(Item.objects.filter(pk__in=unique).values_list("pk", flat=True))
    if len(existing) < len(unique):
        raise NotFoundError("Some of these items are no longer in the library; make the playlist again.")
    playlist = Playlist.objects.create(
        person_id=person_id, name=_check_name(name), wish=_wish_to_json(wish) if wish else {}
    )
    PlaylistEntry.objects.bulk_create(
        PlaylistEntry(playlist=playlist, item_id=item_id, position=position) for position, item_id in enumerate(unique)
    )
    return playlist


def rename_playlist(person_id: int, playlist_id: int, name: str) -> Playlist:
    playlist = find_playlist(person_id, playlist_id)
    playlist.name = _check_name(name)
    playlist.save(update_fields=["name", "updated_at"])
    return playlist


def delete_playlist(person_id: int, playlist_id: int) -> None:
    find_playlist(person_id, playlist_id).delete()


@transaction.atomic
def add_entry(person_id: int, playlist_id: int, item_id: int) -> bool:
    """Appends an item; False if it is in the playlist already."""
    playlist = _lock_playlist(person_id, playlist_id)
    if not Item.objects.filter(pk=item_id).exists():
        raise NotFoundError("That item is no longer in the library.")
    _, created = PlaylistEntry.objects.get_or_create(
        playlist=playlist, item_id=item_id, defaults={"position": playlist.entries.count()}
    )
    return created


@transaction.atomic
def remove_entry(person_id: int, playlist_id: int, item_id: int) -> None:
    playlist = _lock_playlist(person_id, playlist_id)
    order = [entry_id for entry_id in _list_item_ids(playlist) if entry_id != item_id]
    playlist.entries.filter(item_id=item_id).delete()
    _store_order(playlist, order)


@transaction.atomic
def move_entry(person_id: int, playlist_id: int, item_id: int, to_position: int) -> None:
    """Moves one entry to a position from 0, clamped to the list."""
    playlist = _lock_playlist(person_id, playlist_id)
    order = _list_item_ids(playlist)
    if item_id not in order:
        raise NotFoundError("That item is not in this playlist.")
    order.remove(item_id)
    order.insert(max(0, min(to_position, len(order))), item_id)
    _store_order(playlist, order)


@transaction.atomic
def reorder_playlist(person_id: int, playlist_id: int, item_ids: Sequence[int]) -> None:
    """Stores a new order of exactly the present entries. Raises NotUnderstoodError for other ones."""
    playlist = _lock_playlist(person_id, playlist_id)
    if sorted(item_ids) != sorted(_list_item_ids(playlist)):
        raise NotUnderstoodError("The playlist changed meanwhile; reload the page and order it again.")
    _store_order(playlist, item_ids)


def _lock_playlist(person_id: int, playlist_id: int) -> Playlist:
    find_playlist(person_id, playlist_id)
    return Playlist.objects.select_for_update().get(pk=playlist_id, person_id=person_id)


def _list_item_ids(playlist: Playlist) -> list[int]:
    return list(playlist.entries.order_by("position").values_list("item_id", flat=True))


def _store_order(playlist: Playlist, item_ids: Sequence[int]) -> None:
    positions = {item_id: position for position, item_id in enumerate(item_ids)}
    entries = list(playlist.entries.filter(item_id__in=positions))
    for entry in entries:
        entry.position = positions[entry.item_id]
    PlaylistEntry.objects.bulk_update(entries, ["position"])
    playlist.save(update_fields=["updated_at"])


def _check_name(name: str) -> str:
    cleaned = " ".join(name.split())[:NAME_LENGTH]
    if not cleaned:
        raise NotUnderstoodError("A playlist needs a name.")
    return cleaned


def _wish_to_json(wish: PlaylistRequest) -> dict[str, object]:
    return {
        "seed_ids": list(wish.seed_ids),
        "query": wish.query,
        "filters": wish.filters.to_json(),
        "duration_seconds": wish.duration_seconds,
    }
