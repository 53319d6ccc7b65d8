"""Items and events as records of an archive, written and parsed. Files, paths and pictures are not exported."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedWork, bound_work
from mediarec.library.models import Credit, ExternalId, Interaction, InteractionType, Item, Kind, Role

BATCH = 1000
EVENT_FIELDS = ("item", "what", "value", "progress", "occurred_at", "origin", "withdrawn_at")
ITEM_FIELDS = (
    *("item", "kind", "title", "year", "original_title", "genres", "tags", "people", "language", "runtime_seconds"),
    *("synopsis", "ids", "parent", "season", "number", "popularity"),
)


def read_items(item_ids: Iterable[int]) -> Iterator[dict[str, Any]]:
    """In the order of their numbers, a thousand at a time."""
    numbers = iter(sorted(set(item_ids)))
    while chunk := list(islice(numbers, BATCH)):
        items = list(Item.objects.filter(pk__in=chunk).select_related("parent").defer("search").order_by("pk"))
        everyone = {item.pk for item in items} | {item.parent_id for item in items if item.parent_id}
        people, ids = _read_people(everyone), _read_ids(everyone)
        for item in items:
            parent = _describe(item.parent, people, ids) if item.parent else None
            yield {"item": item.pk, **_describe(item, people, ids), "parent": parent}


def _describe(item: Item, people: Mapping[int, Any], ids: Mapping[int, Any]) -> dict[str, Any]:
    fields = {name: getattr(item, name) for name in ITEM_FIELDS if name not in {"item", "people", "ids", "parent"}}
    return {**fields, "people": people.get(item.pk, {}), "ids": ids.get(item.pk, {})}


def _read_people(item_ids: set[int]) -> dict[int, dict[str, list[str]]]:
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = Credit.objects.filter(item_id__in=item_ids).order_by("item_id", "role", "position", "pk")
    for item_id, role, name in rows.values_list("item_id", "role", "contributor__name"):
        found[item_id][role].append(name)
    return found


def _read_ids(item_ids: set[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = ExternalId.objects.filter(item_id__in=item_ids).order_by("item_id", "-pk")
    for item_id, namespace, value in rows.values_list("item_id", "namespace", "value"):
        found[item_id][namespace] = value
    return found


def read_events(person_id: int) -> Iterator[dict[str, Any]]:
    """Item by item, each item's in the order they happened; a withdrawn event says when it was withdrawn."""
    rows = Interaction.objects.filter(person_id=person_id).order_by("item_id", "occurred_at", "pk")
    for row in rows.values(*("item_id" if name == "item" else name for name in EVENT_FIELDS)).iterator(BATCH):
        yield {
            "item": row["item_id"],
            **{name: row[name] for name in ("what", "value", "progress")},
            "occurred_at": row["occurred_at"].isoformat(),
            "origin": row["origin"],
            "withdrawn_at": row["withdrawn_at"].isoformat() if row["withdrawn_at"] else None,
        }


def read_ratings(person_id: int) -> Iterator[dict[str, Any]]:
    """What stands today, with titles, for eyes and spreadsheets; events.jsonl says the same and more."""
    rows = Interaction.objects.filter(person_id=person_id, what=InteractionType.RATED, withdrawn_at__isnull=True)
    for row in rows.select_related("item").order_by("occurred_at", "pk").iterator(BATCH):
        yield {
            **{"item": row.item_id, "kind": row.item.kind, "title": row.item.title, "year": row.item.year},
            "stars": round((row.value or 0) * 5, 2),
            "rated_at": row.occurred_at.isoformat(),
        }


def parse_item(record: Mapping[str, Any]) -> ParsedWork:
    """Raises ValueError with what is wrong."""
    work = _parse_work(record)
    parent = record.get("parent")
    if isinstance(parent, dict):
        work = replace(work, parent=bound_work(_parse_work(parent)))
    return work


def _parse_work(record: Mapping[str, Any]) -> ParsedWork:
    kind, title = record.get("kind"), record.get("title")
    if kind not in Kind.values or not isinstance(title, str) or not title.strip():
        raise ValueError("its kind or its title is missing")
    popularity = record.get("popularity")
    people = record.get("people") if isinstance(record.get("people"), dict) else {}
    return bound_work(
        ParsedWork(
            kind=str(kind),
            title=title,
            original_title=_text(record, "original_title"),
            language=_text(record, "language"),
            synopsis=_text(record, "synopsis"),
            genres=_texts(record.get("genres")),
            tags=_texts(record.get("tags")),
            people={role: _texts(names) for role, names in (people or {}).items() if role in Role.values},
            ids=_read_pairs(record.get("ids")),
            year=_whole(record, "year"),
            runtime_seconds=_whole(record, "runtime_seconds"),
            season=_whole(record, "season"),
            number=_whole(record, "number"),
            popularity=popularity if isinstance(popularity, float) and math.isfinite(popularity) else 0.0,
        )
    )


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _texts(given: Any) -> tuple[str, ...]:
    return tuple(one for one in given if isinstance(one, str)) if isinstance(given, list) else ()


def _whole(record: Mapping[str, Any], name: str) -> int | None:
    value = record.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000_000 else None


def _read_pairs(given: Any) -> dict[str, str]:
    pairs = given.items() if isinstance(given, dict) else ()
    return {name: value for name, value in pairs if isinstance(value, str)}


def parse_event(record: Mapping[str, Any]) -> tuple[ParsedEvent, datetime | None]:
    """The event, and when it was withdrawn, if it was. Raises ValueError with what is wrong."""
    what = record.get("what")
    if what not in InteractionType.values:
        raise ValueError(f"{str(what)[:40]!r} is nothing that can be done")
    value, progress = _share(record, "value"), _share(record, "progress")
    if what == InteractionType.RATED and value is None:
        raise ValueError("a rating has no value")
    withdrawn = record.get("withdrawn_at")
    origin = _text(record, "origin")[:20]
    event = ParsedEvent(str(what), parse_time(record.get("occurred_at")), value, progress, origin)
    return event, parse_time(withdrawn) if withdrawn is not None else None


def parse_time(value: Any) -> datetime:
    """Raises ValueError for what is not an ISO time with a zone."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1 < found.year < 9999:
        raise ValueError(f"{str(value)[:40]!r} is not a time with its zone")
    return found


def read_time(value: Any) -> datetime | None:
    try:
        return parse_time(value)
    except ValueError:
        return None


def _share(record: Mapping[str, Any], name: str) -> float | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{name} lies outside 0 to 1")
    return float(value)
