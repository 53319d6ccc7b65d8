"""Stores parsed works as items, a chunk at a time: known items are completed, others created, in few queries."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from mediarec.library.importers.base import ParsedWork
from mediarec.library.item_lookup import normalise_title, refresh_search
from mediarec.library.matching import Match, MatchIndex, find_contributors, load_index, match_work
from mediarec.library.models import Contributor, Credit, ImportBatch, Item
from mediarec.library.persistence.item_rows import (
    CreditRow,
    IdRow,
    insert_credits,
    insert_ids,
    insert_items,
    number_items,
)
from mediarec.library.persistence.pictures import PictureReader

FILLABLE = ("original_title", "year", "genres", "tags", "language", "runtime_seconds", "synopsis", "season", "number")


@dataclass
class StoredWork:
    """The item of a work. `filled` names the fields that an existing item was given, so that undo can clear them."""

    item: Item
    is_new: bool = False
    is_from_batch: bool = False  # created by this import, whose undo deletes it as a whole
    filled: list[str] = field(default_factory=list)
    parent: StoredWork | None = None

    def list_filled(self) -> dict[str, list[str]]:
        """The filled fields by item id, including the parent's, as the import row stores them."""
        parent_filled = self.parent.list_filled() if self.parent else {}
        return {**parent_filled, **({str(self.item.pk): self.filled} if self.filled and not self.is_from_batch else {})}


class WorkWriter:
    """Call `store_one` for every work of a chunk, then `write` once. Until then new items have no id; the index refers
    to them by negative numbers, so that later rows of the chunk find them."""

    def __init__(self, batch: ImportBatch, works: Iterable[ParsedWork], pictures: PictureReader | None = None) -> None:
        self.batch = batch
        self.pictures = pictures or PictureReader()
        self.index: MatchIndex = load_index(works)
        known = self.index.list_item_ids()
        self._items = Item.objects.defer("search").in_bulk(known)
        self._credited = set(Credit.objects.filter(item_id__in=known).values_list("item_id", flat=True))
        self._numbers: dict[int, int] = {}  # negative numbers of new items, by id() of the object
        self._new: list[Item] = []
        self._changed: dict[int, Item] = {}
        self._credits: list[tuple[StoredWork, ParsedWork]] = []
        self._ids: list[tuple[StoredWork, str, str]] = []

    def store_one(
        self, work: ParsedWork, *, item_id: int | None = None, is_new: bool = False, renews: Container[str] = ()
    ) -> StoredWork:
        """The item chosen by hand, the certain match, or a new one. "words" and "picture" in `renews` replace existing
        values of a known item, except fields that a person edited."""
        if item_id is None and not is_new:
            item_id = _sure_id(match_work(work, self.index))
        item = self._load_item(item_id)
        return self._complete(item, work, renews) if item else self._create(work)

    def find_uncertain_match(self, work: ParsedWork) -> Match | None:
        """A match that has become uncertain since the rows were read, because similar items were added meanwhile."""
        match = match_work(work, self.index)
        return match if match.needs_review else None

    def written_id(self, item_id: int | None) -> int | None:
        """The id if it is a primary key; None for an item of this chunk that is not written yet."""
        return item_id if item_id is not None and item_id > 0 else None

    def write(self) -> set[int]:
        """Writes everything and updates search; returns the ids of items that are new or changed."""
        number_items(self._new)
        people = find_contributors(
            name for _, work in self._credits for names in work.people.values() for name in names
        )
        insert_items(self._new, self._search_names(people))
        self._write_credits(people)
        self._write_ids()
        now = timezone.now()
        for item in self._changed.values():
            item.updated_at = now
        Item.objects.bulk_update(
            self._changed.values(), [*FILLABLE, "parent", "artwork", "artwork_is_drawn", "updated_at"]
        )
        refresh_search(sorted(self._changed))
        return {item.pk for item in self._new} | set(self._changed)

    def _search_names(self, people: Mapping[str, Contributor]) -> dict[int, str]:
        """People by item, in the spellings by which search finds them."""
        names_by_item: dict[int, str] = {}
        for stored, work in self._credits:
            contributors = [people[key] for _, key, _ in _list_credits(work) if key in people]
            names_by_item[stored.item.pk] = " ".join(
                f"{contributor.name} {contributor.name_key}" for contributor in dict.fromkeys(contributors)
            )
        return names_by_item

    def _load_item(self, item_id: int | None) -> Item | None:
        if item_id is None:
            return None
        if item_id not in self._items:  # chosen by hand: it need not be in the match index
            self._items.update(Item.objects.in_bulk([item_id]))
        return self._items.get(item_id)

    def _create(self, work: ParsedWork) -> StoredWork:
        parent = self._store_parent(work)
        item = Item(
            kind=work.kind,
            title=work.title,
            title_key=normalise_title(work.title),
            parent=parent.item if parent else None,
            popularity=work.popularity,
            artwork=self.pictures.store(work.artwork),
            batch=self.batch,
            **{name: _plain(getattr(work, name)) for name in FILLABLE},
        )
        self._new.append(item)
        number = -len(self._new)
        stored = StoredWork(item, is_new=True, is_from_batch=True, parent=parent)
        self._items[number] = item
        self._numbers[id(item)] = number
        self._credited.add(number)
        self._credits.append((stored, work))
        self._add_ids(stored, work, number)
        self.index.add(number, work)
        return stored

    def _store_parent(self, work: ParsedWork) -> StoredWork | None:
        """The album or series. A parent without a year matches by title alone: an episode rarely says more."""
        if work.parent is None:
            return None
        match = match_work(work.parent, self.index)
        yearless = match.item_id if work.parent.year is None else None
        known = self._load_item(_sure_id(match) or yearless)
        return self._complete(known, work.parent) if known else self._create(work.parent)

    def _complete(self, item: Item, work: ParsedWork, renews: Container[str] = ()) -> StoredWork:
        """Fills the gaps of an item from the work; existing values stay, except those in `renews`."""
        number = item.pk or self._numbers[id(item)]
        stored = StoredWork(item, is_from_batch=item.pk is None or item.batch_id == self.batch.pk)
        for name in FILLABLE:
            new, old = _plain(getattr(work, name)), getattr(item, name)
            if new and (not old or ("words" in renews and old != new)) and name not in item.edited_fields:
                setattr(item, name, new)
                stored.filled.append(f"was:{name}:{json.dumps(old)}" if old else name)
        if work.parent is not None:
            self._complete_parent(stored, work, renews)
        self._complete_picture(stored, work, renews)
        if stored.filled and item.pk:
            self._changed[item.pk] = item
        if work.people and number not in self._credited and "credits" not in item.edited_fields:
            self._credited.add(number)
            self._credits.append((stored, work))
            stored.filled.append("credits")
            if item.pk:
                self._changed[item.pk] = item
        self._add_ids(stored, work, number)
        return stored

    def _complete_picture(self, stored: StoredWork, work: ParsedWork, renews: Container[str]) -> None:
        """A real picture replaces a generated one."""
        item = stored.item
        is_real = bool(item.artwork) and not item.artwork_is_drawn
        if "artwork" in item.edited_fields or (is_real and "picture" not in renews):
            return
        picture = self.pictures.store(work.artwork)
        if picture and picture != item.artwork:
            stored.filled.append(f"was:artwork:{json.dumps(item.artwork)}" if is_real else f"artwork:{item.artwork}")
            item.artwork, item.artwork_is_drawn = picture, False

    def _complete_parent(self, stored: StoredWork, work: ParsedWork, renews: Container[str]) -> None:
        item = stored.item
        if item.parent_id is None and item.parent is None and "parent" not in item.edited_fields:
            stored.parent = self._store_parent(work)
            item.parent = stored.parent.item if stored.parent else None
            stored.filled.append("parent")
        elif work.parent is not None and item.parent_id in self._items and self._is_parent(item.parent_id, work.parent):
            stored.parent = self._complete(self._items[item.parent_id], work.parent, renews)

    def _is_parent(self, item_id: int | None, parent: ParsedWork) -> bool:
        """Whether the item's album is the one the work names: a recording may also be on compilations."""
        return any(indexed.item_id == item_id for indexed in self.index.find(parent))

    def _add_ids(self, stored: StoredWork, work: ParsedWork, number: int) -> None:
        for pair in work.ids.items():
            if pair not in self.index.by_id:
                self.index.by_id[pair] = number
                self._ids.append((stored, *pair))

    def _write_credits(self, people: Mapping[str, Contributor]) -> None:
        rows = {
            (stored.item.pk, key, role): CreditRow(stored.item.pk, people[key].pk, role, position)
            for stored, work in self._credits
            # reversed: the first mention of a name sets its position
            for role, key, position in reversed(list(_list_credits(work)))
            if key in people
        }
        insert_credits(list(rows.values()))

    def _write_ids(self) -> None:
        numbers = insert_ids([IdRow(stored.item.pk, name, value) for stored, name, value in self._ids])
        for stored, name, value in self._ids:
            stored.filled.append(f"id:{numbers[name, value]}")


def _list_credits(work: ParsedWork) -> Iterator[tuple[str, str, int]]:
    for role, names in work.people.items():
        for position, name in enumerate(names):
            yield role, normalise_title(name), position


def _sure_id(match: Match) -> int | None:
    return None if match.needs_review else match.item_id


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
