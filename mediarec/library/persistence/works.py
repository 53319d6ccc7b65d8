"""Items from parsed works, a chunk at a time: what is known is completed, the rest is made, in few queries."""

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
    """A work's item. `filled` names what an item of before was given, so that undo can empty it again."""

    item: Item
    is_new: bool = False
    is_ours: bool = False  # made by this very import, which goes whole or not at all
    filled: list[str] = field(default_factory=list)
    parent: StoredWork | None = None

    def list_filled(self) -> dict[str, list[str]]:
        """By item id, as it is kept on the import's row."""
        below = self.parent.list_filled() if self.parent else {}
        return {**below, **({str(self.item.pk): self.filled} if self.filled and not self.is_ours else {})}


class WorkWriter:
    """`place` every work of a chunk, then `write` once. Until then new items have no id; the index knows them by
    negative numbers, so that a later row of the chunk finds them."""

    def __init__(self, batch: ImportBatch, works: Iterable[ParsedWork], pictures: PictureReader | None = None) -> None:
        self.batch = batch
        self.pictures = pictures or PictureReader()
        self.index: MatchIndex = load_index(works)
        known = self.index.list_item_ids()
        self._items = Item.objects.defer("search").in_bulk(known)
        self._credited = set(Credit.objects.filter(item_id__in=known).values_list("item_id", flat=True))
        self._numbers: dict[int, int] = {}  # of new items, by identity
        self._new: list[Item] = []
        self._changed: dict[int, Item] = {}
        self._credits: list[tuple[StoredWork, ParsedWork]] = []
        self._ids: list[tuple[StoredWork, str, str]] = []

    def store_one(
        self, work: ParsedWork, *, item_id: int | None = None, is_new: bool = False, renews: Container[str] = ()
    ) -> StoredWork:
        """The item chosen by hand, the one that surely is this work, or a new one. "words" and "picture" in `renews`
        go before what a known item says, though not before what a person said."""
        if item_id is None and not is_new:
            item_id = _sure_id(match_work(work, self.index))
        item = self._find(item_id)
        return self._complete(item, work, renews) if item else self._make(work)

    def find_doubt(self, work: ParsedWork) -> Match | None:
        """What is too close to call since this import itself, or another one, has brought something alike."""
        match = match_work(work, self.index)
        return match if match.needs_look else None

    def find_real_id(self, item_id: int | None) -> int | None:
        """The item as the tables know it, or None for one that is written with this chunk."""
        return item_id if item_id is not None and item_id > 0 else None

    def write(self) -> set[int]:
        """Writes what was placed; returns the ids of items that are new or changed. Search is brought up to date."""
        number_items(self._new)
        people = find_contributors(
            name for _, work in self._credits for names in work.people.values() for name in names
        )
        insert_items(self._new, self._name_people(people))
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

    def _name_people(self, people: Mapping[str, Contributor]) -> dict[int, str]:
        """By item, what search finds it by besides its titles."""
        named: dict[int, str] = {}
        for placed, work in self._credits:
            found = [people[key] for _, key, _ in _list_credits(work) if key in people]
            named[placed.item.pk] = " ".join(f"{one.name} {one.name_key}" for one in dict.fromkeys(found))
        return named

    def _find(self, item_id: int | None) -> Item | None:
        if item_id is None:
            return None
        if item_id not in self._items:  # chosen by hand: it need not resemble the work
            self._items.update(Item.objects.in_bulk([item_id]))
        return self._items.get(item_id)

    def _make(self, work: ParsedWork) -> StoredWork:
        parent = self._place_parent(work)
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
        placed = StoredWork(item, is_new=True, is_ours=True, parent=parent)
        self._items[number] = item
        self._numbers[id(item)] = number
        self._credited.add(number)
        self._credits.append((placed, work))
        self._add_ids(placed, work, number)
        self.index.add(number, work)
        return placed

    def _place_parent(self, work: ParsedWork) -> StoredWork | None:
        """The album or series. A series named without a year is the one of that title: an episode rarely says more."""
        if work.parent is None:
            return None
        match = match_work(work.parent, self.index)
        yearless = match.item_id if work.parent.year is None else None
        known = self._find(_sure_id(match) or yearless)
        return self._complete(known, work.parent) if known else self._make(work.parent)

    def _complete(self, item: Item, work: ParsedWork, renews: Container[str] = ()) -> StoredWork:
        """Gives an item what it lacks and the work knows; what it says already stands, but for what is renewed."""
        number = item.pk or self._numbers[id(item)]
        placed = StoredWork(item, is_ours=item.pk is None or item.batch_id == self.batch.pk)
        for name in FILLABLE:
            new, old = _plain(getattr(work, name)), getattr(item, name)
            if new and (not old or ("words" in renews and old != new)) and name not in item.edited_fields:
                setattr(item, name, new)
                placed.filled.append(f"was:{name}:{json.dumps(old)}" if old else name)
        if work.parent is not None:
            self._complete_parent(placed, work, renews)
        self._complete_picture(placed, work, renews)
        if placed.filled and item.pk:
            self._changed[item.pk] = item
        if work.people and number not in self._credited and "credits" not in item.edited_fields:
            self._credited.add(number)
            self._credits.append((placed, work))
            placed.filled.append("credits")
            if item.pk:
                self._changed[item.pk] = item
        self._add_ids(placed, work, number)
        return placed

    def _complete_picture(self, placed: StoredWork, work: ParsedWork, renews: Container[str]) -> None:
        """A real picture goes before a drawn one."""
        item = placed.item
        is_real = bool(item.artwork) and not item.artwork_is_drawn
        if "artwork" in item.edited_fields or (is_real and "picture" not in renews):
            return
        picture = self.pictures.store(work.artwork)
        if picture and picture != item.artwork:
            placed.filled.append(f"was:artwork:{json.dumps(item.artwork)}" if is_real else f"artwork:{item.artwork}")
            item.artwork, item.artwork_is_drawn = picture, False

    def _complete_parent(self, placed: StoredWork, work: ParsedWork, renews: Container[str]) -> None:
        item = placed.item
        if item.parent_id is None and item.parent is None and "parent" not in item.edited_fields:
            placed.parent = self._place_parent(work)
            item.parent = placed.parent.item if placed.parent else None
            placed.filled.append("parent")
        elif work.parent is not None and item.parent_id in self._items and self._is_parent(item.parent_id, work.parent):
            placed.parent = self._complete(self._items[item.parent_id], work.parent, renews)

    def _is_parent(self, item_id: int | None, parent: ParsedWork) -> bool:
        """Whether the item's album is the one the work names: a recording lies on compilations, too."""
        return any(known.item_id == item_id for known in self.index.find(parent))

    def _add_ids(self, placed: StoredWork, work: ParsedWork, number: int) -> None:
        for pair in work.ids.items():
            if pair not in self.index.by_id:
                self.index.by_id[pair] = number
                self._ids.append((placed, *pair))

    def _write_credits(self, people: Mapping[str, Contributor]) -> None:
        rows = {
            (placed.item.pk, key, role): CreditRow(placed.item.pk, people[key].pk, role, place)
            for placed, work in self._credits
            for role, key, place in reversed(list(_list_credits(work)))  # the first mention of a name gives its place
            if key in people
        }
        insert_credits(list(rows.values()))

    def _write_ids(self) -> None:
        numbers = insert_ids([IdRow(placed.item.pk, name, value) for placed, name, value in self._ids])
        for placed, name, value in self._ids:
            placed.filled.append(f"id:{numbers[name, value]}")


def _list_credits(work: ParsedWork) -> Iterator[tuple[str, str, int]]:
    for role, names in work.people.items():
        for place, name in enumerate(names):
            yield role, normalise_title(name), place


def _sure_id(match: Match) -> int | None:
    return None if match.needs_look else match.item_id


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
