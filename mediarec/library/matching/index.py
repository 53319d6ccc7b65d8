"""The part of the library that some works could be: loaded in a few queries, grown while new items are stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from mediarec.library.importers.base import ParsedWork
from mediarec.library.item_lookup import normalise_title
from mediarec.library.matching import keys
from mediarec.library.models import Credit, ExternalId, Kind

COMPARED_ROLES = ("director", "creator", "artist", "composer", "channel")
COLUMNS = """
    SELECT item.id, item.kind, item.title, item.original_title, item.year, item.runtime_seconds, item.season,
        item.number, parent.kind, parent.title, parent.original_title, parent.year
    FROM library_item AS item LEFT JOIN library_item AS parent ON parent.id = item.parent_id
"""
# Each condition is written as the index of migration 0003 has it, so that PostgreSQL uses that index.
BY_SCREEN_TITLE = f"item.kind IN ('film', 'series', 'video') AND {keys.write_key(keys.SCREEN_KEY_SQL)} = ANY(%s)"
BY_MUSIC_TITLE = f"item.kind IN ('track', 'album') AND {keys.write_key(keys.MUSIC_KEY_SQL)} = ANY(%s)"
BY_ORIGINAL_TITLE = f"item.original_title <> '' AND {keys.write_key(keys.ORIGINAL_KEY_SQL)} = ANY(%s)"
BY_SERIES = "item.kind = 'episode' AND item.parent_id = ANY(%s) AND (item.number = ANY(%s) OR item.title_key = ANY(%s))"


@dataclass(frozen=True)
class IndexedWork:
    """What matching compares of an item in the library."""

    item_id: int
    work: ParsedWork


@dataclass
class MatchIndex:
    """Items by their ids elsewhere and by the keys of their titles."""

    by_id: dict[tuple[str, str], int] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)  # of what `by_id` finds
    ids: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # of everything found
    by_key: dict[tuple[str, str], list[IndexedWork]] = field(default_factory=lambda: defaultdict(list))

    def list_item_ids(self) -> set[int]:
        return {*self.by_id.values(), *(known.item_id for found in self.by_key.values() for known in found)}

    def add(self, item_id: int, work: ParsedWork) -> None:
        """An item just made from this work, so that the next row finds it."""
        self.kinds[item_id] = work.kind
        for pair in work.ids.items():
            self.by_id.setdefault(pair, item_id)
        self.ids[item_id] |= work.ids
        self.place(IndexedWork(item_id, work))

    def place(self, known: IndexedWork) -> None:
        for key in keys.list_keys(known.work):
            self.by_key[known.work.kind, key].append(known)

    def find(self, work: ParsedWork) -> Iterator[IndexedWork]:
        """Items that may be this work by their titles; none twice."""
        seen: set[int] = set()
        for key in keys.list_lookups(work):
            for known in self.by_key.get((work.kind, key), ()):
                if known.item_id not in seen:
                    seen.add(known.item_id)
                    yield known


def load_index(works: Iterable[ParsedWork]) -> MatchIndex:
    """A few queries whatever the number of works; parents are looked up with them."""
    everything = [work for given in works for work in (given, given.parent) if work is not None]
    index = MatchIndex()
    _load_by_id(index, {pair for work in everything for pair in work.ids.items()})
    rows = {row[0]: row for row in _find_alike(everything)}
    rows |= {row[0]: row for row in _find_episodes(everything, [pk for pk, row in rows.items() if row[1] == "series"])}
    people = _load_people(list(rows))
    for item_id, row in rows.items():
        index.place(IndexedWork(item_id, _describe(row, people.get(item_id, {}))))
    _load_ids(index, {*rows, *index.by_id.values()})
    return index


def _load_by_id(index: MatchIndex, pairs: set[tuple[str, str]]) -> None:
    values = ExternalId.objects.filter(value__in={value for _, value in pairs}) if pairs else ExternalId.objects.none()
    for namespace, value, item_id, kind in values.values_list("namespace", "value", "item_id", "item__kind"):
        index.by_id[namespace, value] = item_id
        index.kinds[item_id] = kind


def _load_ids(index: MatchIndex, item_ids: set[int]) -> None:
    rows = ExternalId.objects.filter(item_id__in=item_ids).values_list("item_id", "namespace", "value")
    for item_id, namespace, value in rows if item_ids else ():
        index.ids[item_id][namespace] = value


def _find_alike(works: Sequence[ParsedWork]) -> Iterator[tuple[Any, ...]]:
    """Items that bear one of the titles, whatever their spelling."""
    screen: set[str] = set()
    music: set[str] = set()
    original: set[str] = set()
    for work in works:
        found = keys.list_lookups(work) if work.kind != Kind.EPISODE else frozenset()
        named = {key[2:] for key in found if key.startswith("t:")}
        (music if keys.is_music(work.kind) else screen).update(named)
        original |= {key[2:] for key in found if key.startswith("o:")}
    yield from _select(BY_SCREEN_TITLE, screen)
    yield from _select(BY_MUSIC_TITLE, music)
    yield from _select(BY_ORIGINAL_TITLE, original)


def _find_episodes(works: Sequence[ParsedWork], series: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    wanted = [work for work in works if work.kind == Kind.EPISODE]
    if wanted and series:
        numbers = sorted({work.number for work in wanted if work.number is not None})
        titles = sorted({normalise_title(work.title) for work in wanted})
        with connection.cursor() as cursor:
            cursor.execute(f"{COLUMNS} WHERE {BY_SERIES}", [list(series), numbers, titles])
            yield from cursor.fetchall()


def _select(condition: str, wanted: set[str]) -> Iterator[tuple[Any, ...]]:
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(f"{COLUMNS} WHERE {condition}", [sorted(wanted)])
            yield from cursor.fetchall()


def _describe(row: tuple[Any, ...], people: Mapping[str, tuple[str, ...]]) -> ParsedWork:
    _, kind, title, original, year, runtime, season, number, parent_kind, *parent = row
    above = ParsedWork(parent_kind, parent[0], parent[2], original_title=parent[1]) if parent_kind else None
    return ParsedWork(
        kind, title, year, original, people=people, runtime_seconds=runtime, parent=above, season=season, number=number
    )


def _load_people(item_ids: Sequence[int]) -> dict[int, dict[str, tuple[str, ...]]]:
    found: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    rows = Credit.objects.filter(item_id__in=item_ids, role__in=COMPARED_ROLES).order_by("item_id", "role", "position")
    for item_id, role, name in rows.values_list("item_id", "role", "contributor__name") if item_ids else ():
        found[item_id][role] = (*found[item_id].get(role, ()), name)
    return found
