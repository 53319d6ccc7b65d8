"""Fifteen choices for a person with no history: small sets of works, each chosen for what the answer would tell.

The same arithmetic as the chat's questions (`chat/belief.py`): a belief over what the person would like, and the set
whose answer is expected to say most about it. A choice is kept as a like; skipping only moves the belief. The sets
begin with what is widely known and spread wider one by one; each holds several kinds, and never only more of what was
taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Case, Count, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from mediarec.library.interactions import record_interaction
from mediarec.library.models import Credit, Interaction, Item, Kind
from recommender.elicitation.information_gain import Floats, answer_information, softmax, update
from recommender.retrieval.filters import filter_items
from recommender.types import Filters

CHOICES = 15
OFFERED = 4
LEAST_WORKS = 2 * OFFERED  # fewer cannot be told apart
ORIGIN = "onboarding"
# The best known of each kind: a choice between works nobody has met says nothing.
POOL = {Kind.FILM: 80, Kind.SERIES: 40, Kind.ALBUM: 50, Kind.TRACK: 50, Kind.VIDEO: 30}
SHARPNESS = 6.0  # how surely the work most alike to what one likes is taken; a judgement
NONE_LIKENESS = 0.25  # works less alike than this are rather passed over
POPULARITY_WEIGHT = 1.0
DECADE = 10
FIELDS = ("pk", "kind", "title", "year", "genres", "tags", "popularity", "synopsis")
FIRST_KNOWN, MORE_KNOWN = (
    10,
    6,
)  # of each kind the best known that the first set is chosen from, and more for each later
GENTLE_SETS = 5  # that hold nothing grim and nothing obscure while there is anything else
MOST_ALIKE = 2  # of a set that are like what was taken: the others look elsewhere
UNKNOWN_SHARE = 0.5  # of the popularity scale for a work that only its facts speak for
GRIM = re.compile(
    r"\b(?:execut(?:e|ed|ion|ions)|behead\w*|hang(?:ed|ing)|death|dead|dying|kill\w*|murder\w*|suicide|corpse\w*|horror|"
    r"violen\w*|brutal\w*|gor[ey]|torture\w*|massacre\w*|slaughter\w*|genocide|holocaust|rape\w*|serial killer|war)\b"
)


@dataclass(frozen=True)
class Choice:
    """One set that was shown and what was taken of it; None where nothing was."""

    offered: tuple[int, ...]
    taken: int | None = None


@dataclass(frozen=True)
class ChoiceBoard:
    """What can be offered: works in one order, how likely each is liked before anything is said, and their likeness.

    Of each kind the better known come first; `late` are works that nobody should meet first.
    """

    item_ids: tuple[int, ...]
    prior: Floats  # (n,)
    likeness: Floats  # (n, n), cosines
    kinds: tuple[str, ...] = ()
    late: frozenset[int] = frozenset()

    def list_known_places(self) -> list[int]:
        """The place of each work among its kind."""
        met = Counter[str]()
        places = []
        for kind in self.kinds:
            places.append(met[kind])
            met[kind] += 1
        return places


def is_new_here(person_id: int) -> bool:
    """Whether nothing is known of a person, so that the choices are worth offering."""
    return not Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True).exists()


def load_board(person_id: int) -> ChoiceBoard:
    """The best known works of each kind that the person may see; chosen ones stay, for the belief rests on them."""
    allowed = filter_items(Filters(include_seen=True), person_id)
    found = [pair for kind, count in POOL.items() for pair in _list_best_known(allowed.filter(kind=kind), count)]
    offerable = [pair for pair in found if not (_is_grim(pair[0]) and _is_obscure(pair[0]))]
    found = offerable if len(offerable) >= LEAST_WORKS else found
    items = [item for item, _ in found]
    most_told = max([told for _, told in found], default=0) or 1
    scores = np.array([item.popularity or UNKNOWN_SHARE * told / most_told for item, told in found], dtype=np.float64)
    return ChoiceBoard(
        item_ids=tuple(item.pk for item in items),
        prior=softmax(scores, POPULARITY_WEIGHT) if items else scores,
        likeness=_compare([_list_features(item) for item in items]),
        kinds=tuple(item.kind for item in items),
        late=frozenset(item.pk for item in items if _is_grim(item) or _is_obscure(item)),
    )


def _list_best_known(items: QuerySet[Item], count: int) -> list[tuple[Item, int]]:
    """The most popular, then those of which most is told: credits, genres, tags and a plot; with how much that is."""
    known = [(item, 0) for item in items.filter(popularity__gt=0).order_by("-popularity", "pk").only(*FIELDS)[:count]]
    if len(known) == count:
        return known
    credited = Credit.objects.filter(item_id=OuterRef("pk")).order_by().values("item_id")
    told = (
        Coalesce(Subquery(credited.annotate(count=Count("pk")).values("count")), 0)
        + Coalesce(F("genres__len"), 0)
        + Coalesce(F("tags__len"), 0)
        + Case(When(synopsis="", then=Value(0)), default=Value(1))
    )
    rest = items.exclude(popularity__gt=0).annotate(told=told).order_by("-told", "pk").only(*FIELDS)
    return [*known, *((item, item.told) for item in rest[: count - len(known)])]


def _is_grim(item: Item) -> bool:
    """Whether its title, genres or tags speak of violence or death."""
    return any(GRIM.search(words.lower()) for words in (item.title, *item.genres, *item.tags))


def _is_obscure(item: Item) -> bool:
    """A clip of which no popularity is known: few have met it."""
    return item.kind == Kind.VIDEO and item.popularity <= 0


def choose_offer(board: ChoiceBoard, past: Sequence[Choice]) -> tuple[int, ...]:
    """The next set, in the order picked; empty when too little is left that was not shown."""
    shown = {item_id for choice in past for item_id in choice.offered}
    tried = [place for place, item_id in enumerate(board.item_ids) if item_id not in shown]
    if len(tried) < OFFERED:
        return ()
    shares = load_posterior(board, past)
    picked: list[int] = []
    while len(picked) < OFFERED:
        places = _narrow(board, tried, picked, past)
        worth = [answer_information(shares, expected_acceptance(board, [*picked, place])) for place in places]
        picked.append(places[int(np.argmax(worth))])
        tried.remove(picked[-1])
    return tuple(board.item_ids[place] for place in picked)


def _narrow(board: ChoiceBoard, tried: Sequence[int], picked: Sequence[int], past: Sequence[Choice]) -> Sequence[int]:
    """What may come next into the set; each of these conditions is given up where nothing is left of it."""
    crowds = Counter(board.kinds[place] for place in picked)
    fewest = min(crowds[board.kinds[place]] for place in tried)
    nearness = _measure_nearness(board, past)
    near = nearness > max(NONE_LIKENESS, float(np.median(nearness[list(tried)])))
    is_full_of_near = int(near[list(picked)].sum()) >= MOST_ALIKE
    ranks, known_ids = board.list_known_places(), set(board.item_ids)
    sets = sum(not known_ids.isdisjoint(choice.offered) for choice in past)
    deepest = FIRST_KNOWN + MORE_KNOWN * sets
    conditions: tuple[Callable[[int], bool], ...] = (
        lambda place: sets >= GENTLE_SETS or board.item_ids[place] not in board.late,
        lambda place: crowds[board.kinds[place]] == fewest,
        lambda place: not (is_full_of_near and near[place]),
        lambda place: ranks[place] < deepest,
    )
    for condition in conditions:
        tried = [place for place in tried if condition(place)] or tried
    return tried


def _measure_nearness(board: ChoiceBoard, past: Sequence[Choice]) -> Floats:
    """How like each work is to the nearest one taken, (n,); zeros while nothing is."""
    taken = {choice.taken for choice in past}
    places = [place for place, item_id in enumerate(board.item_ids) if item_id in taken]
    return board.likeness[:, places].max(axis=1) if places else np.zeros(len(board.item_ids))


def load_posterior(board: ChoiceBoard, past: Sequence[Choice]) -> Floats:
    """How likely each work is liked, after these choices."""
    places = {item_id: place for place, item_id in enumerate(board.item_ids)}
    shares = board.prior
    for choice in past:
        offered = [places[item_id] for item_id in choice.offered if item_id in places]
        if not offered or (choice.taken is not None and choice.taken not in places):
            continue  # taken out of the library meanwhile
        answer = len(offered) if choice.taken is None else offered.index(places[choice.taken])
        shares = update(shares, expected_acceptance(board, offered)[:, answer])
    return shares


def expected_acceptance(board: ChoiceBoard, places: Sequence[int]) -> Floats:
    """How likely who likes each work takes each of the offered ones, or none of them, (n, k + 1)."""
    alike = board.likeness[:, list(places)]
    raw = np.exp(SHARPNESS * np.column_stack([alike, np.full(len(alike), NONE_LIKENESS)]))
    return np.asarray(raw / raw.sum(axis=1, keepdims=True))


def accept(person_id: int, item_id: int) -> Interaction:
    """Keeps a choice as what it was: one work that the person says they like."""
    return record_interaction(person_id, item_id, "liked", origin=ORIGIN)


def _list_features(item: Item) -> set[str]:
    era = {f"decade {item.year // DECADE * DECADE}"} if item.year else set()
    return {f"kind {item.kind}", *era, *(word.lower() for word in (*item.genres, *item.tags))}


def _compare(features: Sequence[Collection[str]]) -> Floats:
    """Cosines of what works have in common, rare things counting more."""
    counts = Counter(feature for own in features for feature in own)
    columns = {feature: place for place, feature in enumerate(sorted(counts))}
    weighed = np.zeros((len(features), len(columns)))
    for row, own in enumerate(features):
        for feature in own:
            weighed[row, columns[feature]] = np.log((1 + len(features)) / counts[feature])
    weighed /= np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), 1e-9)
    return np.asarray(weighed @ weighed.T)
