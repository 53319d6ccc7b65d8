"""The tables of this room in a person's archive: playlists, rules, sentences about taste, verdicts on events, unused
items. Each is read out, read back without doubling anything, and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from mediarec.library.catalog import normalise_title
from mediarec.library.exporting.described import parse_time
from mediarec.library.exporting.parts import Marks, Part, Record, add_part
from mediarec.library.models import Contributor, Interaction, What
from recommender.models import EventVerdict, Playlist, PlaylistEntry, SteeringRule, TasteStatement, UnusedItem
from recommender.types import Filters

TEXT, MAYBE_TEXT, FLAG, LIST, OBJECT = (str,), (str, type(None)), (bool,), (list,), (dict,)
ITEM_LISTS = ("exclude_ids", "seed_ids", "like_ids", "unlike_ids")  # of filters and wishes
LONGEST_TEXT = 2000


def add_parts() -> None:
    for part in (PLAYLISTS, RULES, STATEMENTS, VERDICTS, UNUSED):
        add_part(part)


def _write_time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _read_time(said: Any) -> datetime | None:
    try:
        return parse_time(said)
    except ValueError:
        return None


def _cut(said: Any, most: int = LONGEST_TEXT) -> str:
    return str(said).replace("\x00", "")[:most]


def _renumber(given: Any, numbers: Mapping[int, int]) -> list[int]:
    return [numbers[one] for one in given if isinstance(one, int) and one in numbers] if isinstance(given, list) else []


def _renumber_wish(wish: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    """The same wish in the numbers that items have here; what is no filter is left out."""
    told = {name: _renumber(value, numbers) if name in ITEM_LISTS else value for name, value in wish.items()}
    filters = wish.get("filters")
    return told | ({"filters": _read_filters(filters, numbers)} if isinstance(filters, dict) else {})


def _read_filters(stored: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    told = {name: _renumber(value, numbers) if name in ITEM_LISTS else value for name, value in stored.items()}
    try:
        return Filters.from_json(told).to_json()
    except (ValueError, TypeError):
        return Filters().to_json()


def _list_wish_items(wishes: Iterable[Any]) -> Iterator[int]:
    for wish in wishes:
        filters = wish.get("filters") if isinstance(wish, dict) else None
        for stored in (wish, filters):
            given = [stored.get(name) or () for name in ITEM_LISTS] if isinstance(stored, dict) else []
            yield from (number for numbers in given for number in numbers if isinstance(number, int))


# Playlists


def _read_playlists(person_id: int) -> Iterator[dict[str, Any]]:
    for row in Playlist.objects.filter(person_id=person_id).order_by("pk").iterator():
        items = list(row.entries.order_by("position").values_list("item_id", flat=True))
        at = _write_time(row.created_at)
        yield {"name": row.name, "note": row.note, "items": items, "wish": row.wish, "created_at": at}


def _list_playlist_items(person_id: int) -> Iterator[int]:
    yield from PlaylistEntry.objects.filter(playlist__person_id=person_id).values_list("item_id", flat=True)
    yield from _list_wish_items(Playlist.objects.filter(person_id=person_id).values_list("wish", flat=True))


def _restore_playlists(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> Marks:
    made: Marks = []
    known = {
        (row.name, tuple(row.entries.order_by("position").values_list("item_id", flat=True)))
        for row in Playlist.objects.filter(person_id=person_id)
    }
    for record in records:
        items = tuple(dict.fromkeys(_renumber(record["items"], numbers)))
        name = _cut(record["name"], 200)
        if not name or (name, items) in known:
            continue
        known.add((name, items))
        wish = _renumber_wish(record["wish"], numbers)
        row = Playlist.objects.create(person_id=person_id, name=name, note=_cut(record["note"]), wish=wish)
        PlaylistEntry.objects.bulk_create(
            PlaylistEntry(playlist=row, item_id=item_id, position=place) for place, item_id in enumerate(items)
        )
        made.append(row.pk)
    return made


def _take_playlists(person_id: int, made: Marks) -> None:
    Playlist.objects.filter(person_id=person_id, pk__in=made).delete()


PLAYLISTS = Part(
    "playlists", "playlists with their items in order",
    {"name": TEXT, "note": TEXT, "items": LIST, "wish": OBJECT, "created_at": TEXT},
    _read_playlists, _list_playlist_items, _restore_playlists, _take_playlists,
)  # fmt: skip

# Standing rules


def _read_rules(person_id: int) -> Iterator[dict[str, Any]]:
    for row in SteeringRule.objects.filter(person_id=person_id).order_by("pk").iterator():
        yield {
            **{"text": row.text, "understood": row.understood, "filters": row.filters, "is_active": row.is_active},
            **{"created_at": _write_time(row.created_at), "expires_at": _write_time(row.expires_at)},
        }


def _list_rule_items(person_id: int) -> Iterator[int]:
    rules = SteeringRule.objects.filter(person_id=person_id)
    yield from _list_wish_items({"filters": filters} for filters in rules.values_list("filters", flat=True))


def _restore_rules(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> Marks:
    made: Marks = []
    for record in records:
        filters = _read_filters(record["filters"], numbers)
        told = {"text": _cut(record["text"]), "understood": _cut(record["understood"]), "filters": filters}
        if SteeringRule.objects.filter(person_id=person_id, **told).exists():
            continue
        expires = _read_time(record["expires_at"])
        row = SteeringRule.objects.create(
            person_id=person_id, **told, is_active=record["is_active"], expires_at=expires
        )
        made.append(row.pk)
    return made


def _take_rules(person_id: int, made: Marks) -> None:
    SteeringRule.objects.filter(person_id=person_id, pk__in=made).delete()


RULES = Part(
    "rules", "standing rules, in the person's words and as understood",
    {
        "text": TEXT, "understood": TEXT, "filters": OBJECT, "is_active": FLAG, "created_at": TEXT,
        "expires_at": MAYBE_TEXT,
    },
    _read_rules, _list_rule_items, _restore_rules, _take_rules,
)  # fmt: skip

# Sentences about taste


def _read_statements(person_id: int) -> Iterator[dict[str, Any]]:
    for row in TasteStatement.objects.filter(person_id=person_id).order_by("pk").iterator():
        feature = {name: value for name, value in row.feature.items() if name != "contributor_id"}
        yield {
            **{"text": row.text, "sign": row.sign, "weight": row.weight, "feature": feature},
            **{"evidence": row.evidence, "is_edited": row.is_edited, "is_active": row.is_active},
        }


def _list_statement_items(person_id: int) -> Iterator[int]:
    for evidence in TasteStatement.objects.filter(person_id=person_id).values_list("evidence", flat=True):
        yield from (number for number in evidence if isinstance(number, int))


def _restore_statements(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> Marks:
    made: Marks = []
    for record in records:
        text = _cut(record["text"])
        if not text or record["sign"] not in (-1, 1):
            continue
        told = {
            "sign": record["sign"], "weight": float(record["weight"]), "feature": _read_feature(record["feature"]),
            "evidence": _renumber(record["evidence"], numbers), "is_edited": record["is_edited"],
            "is_active": record["is_active"],
        }  # fmt: skip
        row, is_new = TasteStatement.objects.get_or_create(person_id=person_id, text=text, defaults=told)
        if is_new:
            made.append(row.pk)
    return made


def _read_feature(stored: Mapping[str, Any]) -> dict[str, Any]:
    identity = stored.get("identity")
    name = identity[-1] if isinstance(identity, list) and identity and isinstance(identity[-1], str) else ""
    person = Contributor.objects.filter(name_key=normalise_title(name)).first() if name else None
    return {**stored, **({"contributor_id": person.pk} if person else {})}


def _take_statements(person_id: int, made: Marks) -> None:
    TasteStatement.objects.filter(person_id=person_id, pk__in=made).delete()


STATEMENTS = Part(
    "taste", "sentences about the taste, and which of them were corrected",
    {
        "text": TEXT, "sign": (int,), "weight": (int, float), "feature": OBJECT, "evidence": LIST, "is_edited": FLAG,
        "is_active": FLAG,
    },
    _read_statements, _list_statement_items, _restore_statements, _take_statements,
)  # fmt: skip

# Answers to "was that you?"


def _read_verdicts(person_id: int) -> Iterator[dict[str, Any]]:
    rows = EventVerdict.objects.filter(person_id=person_id).select_related("interaction").order_by("pk")
    for row in rows.iterator():
        event = row.interaction
        yield {
            **{"item": event.item_id, "what": event.what, "occurred_at": event.occurred_at.isoformat()},
            **{"is_mine": row.is_mine, "answered_at": _write_time(row.answered_at)},
        }


def _list_verdict_items(person_id: int) -> Iterable[int]:
    return EventVerdict.objects.filter(person_id=person_id).values_list("interaction__item_id", flat=True)


def _restore_verdicts(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> Marks:
    """Each on its event, whether that stands or was taken back by the answer."""
    made: Marks = []
    for record in records:
        item_id, at = numbers.get(record["item"]), _read_time(record["occurred_at"])
        if item_id is None or at is None or record["what"] not in What.values:
            continue
        mine = Interaction.objects.filter(person_id=person_id, item_id=item_id, what=record["what"], occurred_at=at)
        event = mine.filter(verdict__isnull=True, withdrawn_at__isnull=record["is_mine"]).first()
        if event is not None:
            row = EventVerdict.objects.create(person_id=person_id, interaction=event, is_mine=record["is_mine"])
            made.append(row.pk)
    return made


def _take_verdicts(person_id: int, made: Marks) -> None:
    EventVerdict.objects.filter(person_id=person_id, pk__in=made).delete()


VERDICTS = Part(
    "verdicts", "answers to whether a doubtful event was the person's own",
    {"item": (int,), "what": TEXT, "occurred_at": TEXT, "is_mine": FLAG, "answered_at": TEXT},
    _read_verdicts, _list_verdict_items, _restore_verdicts, _take_verdicts,
)  # fmt: skip

# Items that say nothing of the taste


def _read_unused(person_id: int) -> Iterator[dict[str, Any]]:
    for row in UnusedItem.objects.filter(person_id=person_id).order_by("pk").iterator():
        yield {"item": row.item_id, "created_at": _write_time(row.created_at)}


def _list_unused_items(person_id: int) -> Iterable[int]:
    return UnusedItem.objects.filter(person_id=person_id).values_list("item_id", flat=True)


def _restore_unused(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> Marks:
    made: Marks = []
    for item_id in _renumber([record["item"] for record in records], numbers):
        row, is_new = UnusedItem.objects.get_or_create(person_id=person_id, item_id=item_id)
        made += [row.pk] if is_new else []
    return made


def _take_unused(person_id: int, made: Marks) -> None:
    UnusedItem.objects.filter(person_id=person_id, pk__in=made).delete()


UNUSED = Part(
    "unused", "items that say nothing of the taste, by the person's own wish",
    {"item": (int,), "created_at": TEXT},
    _read_unused, _list_unused_items, _restore_unused, _take_unused,
)  # fmt: skip
