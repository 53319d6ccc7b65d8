"""What a card on a shelf shows of a work, for one person, in three statements however many cards there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mediarec.library import interactions
from mediarec.library.models import Credit, Item, Kind, MediaFile, Role
from recommender.types import EvidenceType, Recommendation

# Who a work is known by, in this order.
BYLINE_ROLES = (Role.ARTIST, Role.DIRECTOR, Role.CREATOR, Role.CHANNEL, Role.COMPOSER)
BYLINE_NAMES = 2
SHOWN_FIELDS = ("pk", "kind", "title", "year", "artwork", "artwork_is_drawn", "runtime_seconds")

_SHAPES = {Kind.ALBUM: "square", Kind.TRACK: "square", Kind.VIDEO: "wide"}
_MEDIA = {Kind.ALBUM: "music", Kind.TRACK: "music", Kind.VIDEO: "video"}


@dataclass(frozen=True)
class Card:
    """`reason` is empty where nobody recommended it. `marks` are their own: liked, disliked, hidden, saved, seen."""

    pk: int
    kind: str
    title: str
    year: int | None
    artwork: str
    byline: str
    owned: bool
    marks: frozenset[str]
    reason: str = ""

    @property
    def shape(self) -> str:
        return find_shape(self.kind)

    @property
    def medium(self) -> str:
        return find_medium(self.kind)

    @property
    def kind_label(self) -> str:
        return Kind(self.kind).label


def find_shape(kind: str) -> str:
    """ "tall" for posters, "square" for covers, "wide" for clips."""
    return _SHAPES.get(Kind(kind), "tall")


def find_medium(kind: str) -> str:
    """ "screen", "music" or "video"."""
    return _MEDIA.get(Kind(kind), "screen")


def build_cards(person_id: int, recommendations: Sequence[Recommendation]) -> list[Card]:
    """Cards in the order recommended; a work that has gone meanwhile is left out."""
    ids = [line.item_id for line in recommendations]
    shown = Item.objects.only(*SHOWN_FIELDS).in_bulk(ids)
    bylines, marks = _load_bylines(ids), interactions.active_marks(person_id, ids)
    return [
        _build_card(shown[line.item_id], bylines, marks, line.owned, find_reason(line))
        for line in recommendations
        if line.item_id in shown
    ]


def find_reason(line: Recommendation) -> str:
    """Nothing where there is none: the shelf says already that nobody is known yet."""
    has_none = bool(line.evidence) and all(cause.type == EvidenceType.UNTOLD for cause in line.evidence)
    return "" if has_none else line.explanation


def build_item_cards(person_id: int, items: Iterable[Item]) -> list[Card]:
    """The same for works that nobody recommended: search results, children, lists."""
    works = list(items)
    ids = [work.pk for work in works]
    bylines, marks = _load_bylines(ids), interactions.active_marks(person_id, ids)
    owned = set(MediaFile.objects.filter(item_id__in=ids, is_missing=False).values_list("item_id", flat=True))
    parts = MediaFile.objects.filter(item__parent_id__in=ids, is_missing=False)
    owned |= {album_id for album_id in parts.values_list("item__parent_id", flat=True) if album_id}
    return [_build_card(work, bylines, marks, work.pk in owned, "") for work in works]


def _build_card(
    work: Item, bylines: Mapping[int, str], marks: Mapping[int, frozenset[str]], owned: bool, reason: str
) -> Card:
    return Card(
        pk=work.pk,
        kind=work.kind,
        title=work.title,
        year=work.year,
        artwork=work.artwork,
        byline=bylines.get(work.pk, ""),
        owned=owned,
        marks=marks.get(work.pk, frozenset()),
        reason=reason,
    )


def _load_bylines(ids: Sequence[int]) -> dict[int, str]:
    rows = Credit.objects.filter(item_id__in=ids, role__in=BYLINE_ROLES).order_by("item_id", "position")
    found: dict[int, dict[str, list[str]]] = {}
    for item_id, role, name in rows.values_list("item_id", "role", "contributor__name"):
        found.setdefault(item_id, {}).setdefault(role, []).append(name)
    return {item_id: _join_first(roles) for item_id, roles in found.items()}


def _join_first(roles: Mapping[str, Sequence[str]]) -> str:
    names = next(roles[role] for role in BYLINE_ROLES if role in roles)
    return ", ".join(names[:BYLINE_NAMES]) + (" and others" if len(names) > BYLINE_NAMES else "")
