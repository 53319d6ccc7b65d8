"""Is this work one we know? Ids first, then kind, title, year and makers. A false split beats a false merge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from mediarec.library.catalog import normalise_title
from mediarec.library.importers.base import ParsedWork
from mediarec.library.models import Contributor, Credit, ExternalId, Item, Kind
from mediarec.library.models.items import SCREEN_KINDS

BAR = 0.8  # below it a person decides
SAME_ID, SAME_YEAR, NEAR_YEAR, NO_YEAR, SAME_MAKER, MAKER_NO_ALBUM = 1.0, 0.95, 0.85, 0.6, 0.95, 0.85
LENGTH_TOLERANCE_SECONDS = 12  # two rips of one recording; a live version differs by more
MUSIC = frozenset({Kind.TRACK.value, Kind.ALBUM.value})


@dataclass(frozen=True)
class Match:
    """`item_id` None: not known. `needs_look` when candidates are too close to call. `reason` says why."""

    item_id: int | None = None
    confidence: float = 0.0
    reason: str = ""
    needs_look: bool = False


@dataclass(frozen=True)
class Known:
    """What matching compares of an item in the library."""

    item_id: int
    kind: str
    year: int | None
    runtime_seconds: int | None
    parent_key: str
    season: int | None
    number: int | None
    makers: frozenset[str]
    ids: Mapping[str, str]


@dataclass
class MatchIndex:
    """The part of the library that a chunk of works could match, loaded in a few queries and grown while storing."""

    by_id: dict[tuple[str, str], int] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)  # of what `by_id` finds
    by_title: dict[tuple[str, str], list[Known]] = field(default_factory=lambda: defaultdict(list))

    def list_item_ids(self) -> set[int]:
        return {*self.by_id.values(), *(known.item_id for found in self.by_title.values() for known in found)}

    def add(self, item_id: int, work: ParsedWork) -> None:
        """An item just made from this work, so that the next row finds it."""
        self.kinds[item_id] = work.kind
        for pair in work.ids.items():
            self.by_id.setdefault(pair, item_id)
        known = Known(
            item_id,
            work.kind,
            work.year,
            work.runtime_seconds,
            normalise_title(work.parent.title) if work.parent else "",
            work.season,
            work.number,
            _list_makers(work),
            work.ids,
        )
        for key in _list_keys(work):
            self.by_title[work.kind, key].append(known)


def load_index(works: Iterable[ParsedWork]) -> MatchIndex:
    """A few queries whatever the number of works; parents are looked up with them."""
    everything = [work for given in works for work in (given, given.parent) if work is not None]
    index = MatchIndex()
    pairs = {pair for work in everything for pair in work.ids.items()}
    values = ExternalId.objects.filter(value__in={value for _, value in pairs})
    for namespace, value, item_id, kind in values.values_list("namespace", "value", "item_id", "item__kind"):
        index.by_id[namespace, value] = item_id
        index.kinds[item_id] = kind
    found = list(_find_alike(everything))
    makers = _load_makers([row[0] for row in found])
    ids = _load_ids([row[0] for row in found])
    for pk, kind, title_key, year, runtime, parent_key, season, number, original in found:
        known = Known(
            pk, kind, year, runtime, parent_key or "", season, number, makers.get(pk, frozenset()), ids.get(pk, {})
        )
        for key in {title_key, normalise_title(original)} if original else {title_key}:
            index.by_title[kind, key].append(known)
    return index


def _find_alike(works: Sequence[ParsedWork]) -> Iterable[tuple[Any, ...]]:
    """Items that bear one of the titles; a film or series also by its original one, as it is written there."""
    keys = {key for work in works for key in _list_keys(work)}
    alike = Q(kind__in={work.kind for work in works}, title_key__in=keys)
    screen = {work.kind for work in works} & set(SCREEN_KINDS)
    if screen:
        named = {work.title for work in works if work.kind in screen}
        alike |= Q(kind__in=screen, original_title__in=named)
    return Item.objects.filter(alike).values_list(
        "pk", "kind", "title_key", "year", "runtime_seconds", "parent__title_key", "season", "number", "original_title"
    )


def match_work(work: ParsedWork, index: MatchIndex) -> Match:
    """The best known item, how sure that is, and why."""
    named = {index.by_id[pair]: pair[0] for pair in work.ids.items() if pair in index.by_id}
    named = {item_id: namespace for item_id, namespace in named.items() if index.kinds.get(item_id) == work.kind}
    if len(named) > 1:
        return Match(None, 0.5, f"its ids name {len(named)} known items", needs_look=True)
    for item_id, namespace in named.items():
        return Match(item_id, SAME_ID, f"the same {namespace} id")
    candidates = {
        known.item_id: known
        for key in _list_keys(work)
        for known in index.by_title.get((work.kind, key), [])
        if not _contradicts(work, known)
    }
    scored = [(known, *_compare(work, known)) for known in candidates.values()]
    scored = sorted((one for one in scored if one[1] > 0), key=lambda one: -one[1])
    if not scored:
        return Match(reason="nothing like it is known")
    known, confidence, reason = scored[0]
    if len(scored) > 1 and scored[1][1] == confidence:
        return Match(None, confidence / 2, f"{len(scored)} known items fit equally well", needs_look=True)
    if confidence < BAR:
        return Match(known.item_id, confidence, reason, needs_look=True)
    return Match(known.item_id, confidence, reason)


def _contradicts(work: ParsedWork, known: Known) -> bool:
    """The same catalogue gives them two different ids."""
    return any(name in known.ids and known.ids[name] != value for name, value in work.ids.items())


def _compare(work: ParsedWork, known: Known) -> tuple[float, str]:
    if work.kind == Kind.TRACK:
        return _compare_tracks(work, known)
    if work.kind == Kind.ALBUM:
        same = bool(_list_makers(work) & known.makers) or not (known.makers or _list_makers(work))
        return (SAME_MAKER, "the same title and artist") if same else (0.0, "")
    if work.kind == Kind.EPISODE:
        return _compare_episodes(work, known)
    if work.kind == Kind.VIDEO:
        return _compare_clips(work, known)
    return _compare_years(work, known)


def _compare_years(work: ParsedWork, known: Known) -> tuple[float, str]:
    if work.year is None or known.year is None:
        return NO_YEAR, "the same title, but a year is missing"
    apart = abs(work.year - known.year)
    if apart == 0:
        return SAME_YEAR, "the same title and year"
    return (NEAR_YEAR, "the same title, a year apart") if apart == 1 else (0.0, "")


def _compare_tracks(work: ParsedWork, known: Known) -> tuple[float, str]:
    if not _list_makers(work) & known.makers or _lengths_differ(work, known):
        return 0.0, ""
    album = normalise_title(work.parent.title) if work.parent else ""
    if album and known.parent_key:
        return (SAME_MAKER, "the same title, artist and album") if album == known.parent_key else (0.0, "")
    return MAKER_NO_ALBUM, "the same title and artist"


def _compare_episodes(work: ParsedWork, known: Known) -> tuple[float, str]:
    series = normalise_title(work.parent.title) if work.parent else ""
    same = series == known.parent_key and (work.season, work.number) == (known.season, known.number)
    return (SAME_YEAR, "the same series, season and number") if same and series else (0.0, "")


def _compare_clips(work: ParsedWork, known: Known) -> tuple[float, str]:
    """Clips often share a name ("holiday"), so their length must agree too."""
    if work.year is not None and known.year is not None:
        return _compare_years(work, known)
    if work.runtime_seconds and known.runtime_seconds and not _lengths_differ(work, known):
        return MAKER_NO_ALBUM, "the same title and length"
    return 0.0, ""


def _lengths_differ(work: ParsedWork, known: Known) -> bool:
    if not work.runtime_seconds or not known.runtime_seconds:
        return False
    return abs(work.runtime_seconds - known.runtime_seconds) > LENGTH_TOLERANCE_SECONDS


def _list_keys(work: ParsedWork) -> set[str]:
    return {key for key in (normalise_title(work.title), normalise_title(work.original_title)) if key}


def _list_makers(work: ParsedWork) -> frozenset[str]:
    """Artists and, for music known by its composer alone, composers."""
    names = work.people.get("artist") or work.people.get("composer", ())
    return frozenset(normalise_title(name) for name in names)


def _load_makers(item_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    rows = Credit.objects.filter(item_id__in=item_ids, item__kind__in=MUSIC, role__in=("artist", "composer"))
    for item_id, role, key in rows.values_list("item_id", "role", "contributor__name_key"):
        found[item_id][role].add(key)
    return {item_id: frozenset(roles.get("artist") or roles["composer"]) for item_id, roles in found.items()}


def _load_ids(item_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for item_id, namespace, value in ExternalId.objects.filter(item_id__in=item_ids).values_list(
        "item_id", "namespace", "value"
    ):
        found[item_id][namespace] = value
    return found


def find_contributors(names: Iterable[str]) -> dict[str, Contributor]:
    """Rows for these names by normalised name, made where they are new."""
    wanted = {normalise_title(name): name for name in names if normalise_title(name)}
    Contributor.objects.bulk_create(
        [Contributor(name=name, name_key=key) for key, name in sorted(wanted.items())], ignore_conflicts=True
    )
    return {person.name_key: person for person in Contributor.objects.filter(name_key__in=wanted)}
