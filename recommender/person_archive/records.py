"""What one row of each table is in a person's archive, and the row that it becomes again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Contributor, Interaction, InteractionType
from mediarec.library.person_archive.item_records import read_time
from mediarec.library.person_archive.tables import ArchiveRecord
from recommender.models import EventVerdict, Playlist, PlaylistEntry, SteeringRule, TasteStatement, UnusedItem
from recommender.person_archive.item_numbers import list_wish_items, renumber, renumber_filters, renumber_wish

LONGEST_TEXT = 2000
LONGEST_NAME = 200


@dataclass(frozen=True)
class PlaylistRecord(ArchiveRecord[Playlist]):
    """`wish` is what the list was built from."""

    name: str
    note: str
    items: list[Any]
    wish: dict[str, Any]
    created_at: str

    dated: ClassVar[str] = "created_at"

    @classmethod
    def read(cls, row: Playlist) -> Self:
        items = list(row.entries.order_by("position").values_list("item_id", flat=True))
        return cls(row.name, row.note, items, row.wish, row.created_at.isoformat())

    def list_items(self) -> Iterator[int]:
        yield from self.items
        yield from list_wish_items(self.wish)

    def restore(self, person_id: int, numbers: Mapping[int, int]) -> Playlist | None:
        items = list(dict.fromkeys(renumber(self.items, numbers)))
        name = _cut(self.name, LONGEST_NAME)
        same_name = Playlist.objects.filter(person_id=person_id, name=name)
        entries = (row.entries.order_by("position").values_list("item_id", flat=True) for row in same_name)
        if not name or items in map(list, entries):
            return None
        wish = renumber_wish(self.wish, numbers)
        row = Playlist.objects.create(person_id=person_id, name=name, note=_cut(self.note), wish=wish)
        PlaylistEntry.objects.bulk_create(
            PlaylistEntry(playlist=row, item_id=item_id, position=place) for place, item_id in enumerate(items)
        )
        return row


@dataclass(frozen=True)
class RuleRecord(ArchiveRecord[SteeringRule]):
    text: str
    understood: str
    filters: dict[str, Any]
    is_active: bool
    created_at: str
    expires_at: str | None

    dated: ClassVar[str] = "created_at"

    @classmethod
    def read(cls, row: SteeringRule) -> Self:
        created_at, expires_at = row.created_at.isoformat(), _write_time(row.expires_at)
        return cls(row.text, row.understood, row.filters, row.is_active, created_at, expires_at)

    def list_items(self) -> Iterator[int]:
        return list_wish_items({"filters": self.filters})

    def restore(self, person_id: int, numbers: Mapping[int, int]) -> SteeringRule | None:
        filters = renumber_filters(self.filters, numbers)
        rule = {"text": _cut(self.text), "understood": _cut(self.understood), "filters": filters}
        if SteeringRule.objects.filter(person_id=person_id, **rule).exists():
            return None
        return SteeringRule.objects.create(
            person_id=person_id, **rule, is_active=self.is_active, expires_at=read_time(self.expires_at)
        )


@dataclass(frozen=True)
class StatementRecord(ArchiveRecord[TasteStatement]):
    """A contributor that the sentence is about is named: primary keys hold in one household only."""

    text: str
    sign: int
    weight: float
    feature: dict[str, Any]
    evidence: list[Any]
    is_edited: bool
    is_active: bool

    @classmethod
    def read(cls, row: TasteStatement) -> Self:
        feature = {name: value for name, value in row.feature.items() if name != "contributor_id"}
        return cls(row.text, row.sign, row.weight, feature, row.evidence, row.is_edited, row.is_active)

    def list_items(self) -> Iterator[int]:
        return (number for number in self.evidence if isinstance(number, int))

    def restore(self, person_id: int, numbers: Mapping[int, int]) -> TasteStatement | None:
        text = _cut(self.text)
        if not text or self.sign not in (-1, 1):
            return None
        defaults = {
            "sign": self.sign,
            "weight": self.weight,
            "feature": _find_contributor(self.feature),
            "evidence": renumber(self.evidence, numbers),
            "is_edited": self.is_edited,
            "is_active": self.is_active,
        }
        row, is_new = TasteStatement.objects.get_or_create(person_id=person_id, text=text, defaults=defaults)
        return row if is_new else None


@dataclass(frozen=True)
class VerdictRecord(ArchiveRecord[EventVerdict]):
    """An answer to "was that you?", with the event that it is about."""

    item: int
    what: str
    occurred_at: str
    is_mine: bool
    answered_at: str

    dated: ClassVar[str] = "answered_at"
    joined: ClassVar[tuple[str, ...]] = ("interaction",)

    @classmethod
    def read(cls, row: EventVerdict) -> Self:
        event = row.interaction
        occurred_at, answered_at = event.occurred_at.isoformat(), row.answered_at.isoformat()
        return cls(event.item_id, event.what, occurred_at, row.is_mine, answered_at)

    def list_items(self) -> Iterable[int]:
        return (self.item,)

    def restore(self, person_id: int, numbers: Mapping[int, int]) -> EventVerdict | None:
        """On its event, whether that stands or was withdrawn by the answer."""
        item_id, at = numbers.get(self.item), read_time(self.occurred_at)
        if item_id is None or at is None or self.what not in InteractionType.values:
            return None
        events = Interaction.objects.filter(person_id=person_id, item_id=item_id, what=self.what, occurred_at=at)
        event = events.filter(verdict__isnull=True, withdrawn_at__isnull=self.is_mine).first()
        if event is None:
            return None
        return EventVerdict.objects.create(person_id=person_id, interaction=event, is_mine=self.is_mine)


@dataclass(frozen=True)
class UnusedItemRecord(ArchiveRecord[UnusedItem]):
    item: int
    created_at: str

    dated: ClassVar[str] = "created_at"

    @classmethod
    def read(cls, row: UnusedItem) -> Self:
        return cls(row.item_id, row.created_at.isoformat())

    def list_items(self) -> Iterable[int]:
        return (self.item,)

    def restore(self, person_id: int, numbers: Mapping[int, int]) -> UnusedItem | None:
        if self.item not in numbers:
            return None
        row, is_new = UnusedItem.objects.get_or_create(person_id=person_id, item_id=numbers[self.item])
        return row if is_new else None


def _find_contributor(feature: Mapping[str, Any]) -> dict[str, Any]:
    identity = feature.get("identity")
    name = identity[-1] if isinstance(identity, list) and identity and isinstance(identity[-1], str) else ""
    contributor = Contributor.objects.filter(name_key=normalise_title(name)).first() if name else None
    return {**feature, **({"contributor_id": contributor.pk} if contributor else {})}


def _cut(text: str, most: int = LONGEST_TEXT) -> str:
    return text.replace("\x00", "")[:most]


def _write_time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
