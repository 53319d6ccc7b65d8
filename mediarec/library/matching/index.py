"""The candidate index for matching: items that given works could be, loaded in a few queries and extended as new
items are stored."""

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
# Each condition repeats the expression of an index from migration 0003, so that PostgreSQL uses that index.
BY_SCREEN_TITLE = f"item.kind IN ('film', 'series', 'video') AND {keys.write_key(keys.SCREEN_KEY_SQL)} = ANY(%s)"
BY_MUSIC_TITLE = f"item.kind IN ('track', 'album') AND {keys.write_key(keys.MUSIC_KEY_SQL)} = ANY(%s)"
BY_ORIGINAL_TITLE = f"item.original_title <> '' AND {keys.write_key(keys.ORIGINAL_KEY_SQL)} = ANY(%s)"
BY_SERIES = "item.kind = 'episode' AND item.parent_id = ANY(%s) AND (item.number = ANY(%s) OR item.title_key = ANY(%s))"


@dataclass(frozen=True)
class IndexedWork:
    """An item of the library, described as matching compares it."""

    item_id: int
    work: ParsedWork


@dataclass
class MatchIndex:
    """Items by their external ids and by their title keys."""

    by_id: dict[tuple[str, str], int] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)  # of the items in `by_id`
    ids: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # of all indexed items
    by_key: dict[tuple[str, str], list[IndexedWork]] = field(default_factory=lambda: defaultdict(list))

    def list_item_ids(self) -> set[int]:
        return {*self.by_id.values(), *(indexed.item_id for entries in self.by_key.values() for indexed in entries)}

    def add(self, item_id: int, work: ParsedWork) -> None:
        """Adds an item that was just created from this work, so that later rows find it."""
        self.kinds[item_id] = work.kind
        for pair in work.ids.items():
            self.by_id.setdefault(pair, item_id)
        self.ids[item_id] |= work.ids
        self.add_indexed(IndexedWork(item_id, work))

    def add_indexed(self, indexed: IndexedWork) -> None:
        for key in keys.list_keys(indexed.work):
            self.by_key[indexed.work.kind, key].append(indexed)

    def find(self, work: ParsedWork) -> Iterator[IndexedWork]:
        """Distinct items that share a title key with the work: the candidates to compare."""
        seen: set[int] = set()
        for key in keys.list_lookups(work):
            for indexed in self.by_key.get((work.kind, key), ()):
                if indexed.item_id not in seen:
                    seen.add(indexed.item_id)
                    yield indexed


def load_index(works: Iterable[ParsedWork]) -> MatchIndex:
    """Loads candidates for the works and their parents, in a few queries whatever their number."""
    all_works = [work for child in works for work in (child, child.parent) if work is not None]
    index = MatchIndex()
    _load_by_id(index, {pair for work in all_works for pair in work.ids.items()})
    rows = {row[0]: row for row in _find_by_title(all_works)}
    rows |= {row[0]: row for row in _find_episodes(all_works, [pk for pk, row in rows.items() if row[1] == "series"])}
    people = _load_people(list(rows))
    for item_id, row in rows.items():
        index.add_indexed(IndexedWork(item_id, _describe(row, people.get(item_id, {}))))
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


def _find_by_title(works: Sequence[ParsedWork]) -> Iterator[tuple[Any, ...]]:
    """Items with one of the titles, in any spelling."""
    screen: set[str] = set()
    music: set[str] = set()
    original: set[str] = set()
    for work in works:
        lookups = keys.list_lookups(work) if work.kind != Kind.EPISODE else frozenset()
        title_keys = {key[2:] for key in lookups if key.startswith("t:")}
        (music if keys.is_music(work.kind) else screen).update(title_keys)
        original |= {key[2:] for key in lookups if key.startswith("o:")}
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
    parent_work = ParsedWork(parent_kind, parent[0], parent[2], original_title=parent[1]) if parent_kind else None
    return ParsedWork(
        kind,
        title,
        year,
        original,
        people=people,
        runtime_seconds=runtime,
        parent=parent_work,
        season=season,
        number=number,
    )


def _load_people(item_ids: Sequence[int]) -> dict[int, dict[str, tuple[str, ...]]]:
    people: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    rows = Credit.objects.filter(item_id__in=item_ids, role__in=COMPARED_ROLES).order_by("item_id", "role", "position")
    for item_id, role, name in rows.values_list("item_id", "role", "contributor__name") if item_ids else ():
        people[item_id][role] = (*people[item_id].get(role, ()), name)
    return people
