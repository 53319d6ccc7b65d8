"""Preference elicitation for a person without history: fifteen sets of items, chosen by expected information gain.

Each set maximises the information gain (`information_gain.py`) under a belief over the items the person would like. A
choice is recorded as a like; skipping only updates the belief. The first sets hold well-known items and later ones go
further down; each set mixes kinds, and few of its items resemble earlier choices.
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
from recommender.elicitation.information_gain import Floats, answer_information, bayes_update, softmax
from recommender.retrieval.filters import filter_items
from recommender.types import Filters

CHOICES = 15
OFFERED = 4
LEAST_WORKS = 2 * OFFERED  # fewer items make no useful choice
ORIGIN = "onboarding"
# Number of the best-known items of each kind: a choice between unknown works says nothing.
POOL = {Kind.FILM: 80, Kind.SERIES: 40, Kind.ALBUM: 50, Kind.TRACK: 50, Kind.VIDEO: 30}
SHARPNESS = 6.0  # inverse temperature of the choice model; set by judgement
NONE_LIKENESS = 0.25  # similarity at which an item is as likely to be chosen as "none"
POPULARITY_WEIGHT = 1.0
DECADE = 10
FIELDS = ("pk", "kind", "title", "year", "genres", "tags", "popularity", "synopsis")
# The first set is chosen from so many of the best-known items of each kind; each later set from so many more.
FIRST_KNOWN, MORE_KNOWN = 10, 6
GENTLE_SETS = 5  # first sets without grim or obscure items, if there are others
MOST_ALIKE = 2  # items of a set that resemble earlier choices; the rest explore
UNKNOWN_SHARE = 0.5  # top of the prior for items without popularity, which are ranked by the amount of their metadata
GRIM = re.compile(
    r"\b(?:execut(?:e|ed|ion|ions)|behead\w*|hang(?:ed|ing)|death|dead|dying|kill\w*|murder\w*|suicide|corpse\w*|horror|"
    r"violen\w*|brutal\w*|gor[ey]|torture\w*|massacre\w*|slaughter\w*|genocide|holocaust|rape\w*|serial killer|war)\b"
)


@dataclass(frozen=True)
class Choice:
    """One set that was shown and the item chosen from it; None if it was skipped."""

    offered: tuple[int, ...]
    taken: int | None = None


@dataclass(frozen=True)
class ChoiceBoard:
    """The items that can be offered, with prior (n,) and pairwise cosine similarity (n, n).

    Within each kind the better known come first; `late` holds items that the first sets avoid.
    """

    item_ids: tuple[int, ...]
    prior: Floats  # (n,)
    likeness: Floats  # (n, n), cosines
    kinds: tuple[str, ...] = ()
    avoid_early: frozenset[int] = frozenset()

    def popularity_ranks(self) -> list[int]:
        """Rank from 0 of each item within its kind, best known first."""
        counts = Counter[str]()
        ranks = []
        for kind in self.kinds:
            ranks.append(counts[kind])
            counts[kind] += 1
        return ranks


def is_new_here(person_id: int) -> bool:
    """Whether the person has no history, so that onboarding makes sense."""
    return not Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True).exists()


def load_board(person_id: int) -> ChoiceBoard:
    """The best-known items of each kind that the person may see; chosen ones stay, since the belief needs them."""
    allowed = filter_items(Filters(include_seen=True), person_id)
    pairs = [pair for kind, count in POOL.items() for pair in _list_best_known(allowed.filter(kind=kind), count)]
    offerable = [pair for pair in pairs if not (_is_grim(pair[0]) and _is_obscure(pair[0]))]
    pairs = offerable if len(offerable) >= LEAST_WORKS else pairs
    items = [item for item, _ in pairs]
    most = max([richness for _, richness in pairs], default=0) or 1
    scores = np.array([item.popularity or UNKNOWN_SHARE * richness / most for item, richness in pairs], dtype=float)
    return ChoiceBoard(
        item_ids=tuple(item.pk for item in items),
        prior=softmax(scores, POPULARITY_WEIGHT) if items else scores,
        likeness=_compare([_list_features(item) for item in items]),
        kinds=tuple(item.kind for item in items),
        avoid_early=frozenset(item.pk for item in items if _is_grim(item) or _is_obscure(item)),
    )


def _list_best_known(items: QuerySet[Item], count: int) -> list[tuple[Item, int]]:
    """The most popular items, then those with the most metadata; with that amount (credits, genres, tags, plot)."""
    popular = [(item, 0) for item in items.filter(popularity__gt=0).order_by("-popularity", "pk").only(*FIELDS)[:count]]
    if len(popular) == count:
        return popular
    credited = Credit.objects.filter(item_id=OuterRef("pk")).order_by().values("item_id")
    richness = (
        Coalesce(Subquery(credited.annotate(count=Count("pk")).values("count")), 0)
        + Coalesce(F("genres__len"), 0)
        + Coalesce(F("tags__len"), 0)
        + Case(When(synopsis="", then=Value(0)), default=Value(1))
    )
    rest = items.exclude(popularity__gt=0).annotate(richness=richness).order_by("-richness", "pk").only(*FIELDS)
    return [*popular, *((item, item.richness) for item in rest[: count - len(popular)])]


def _is_grim(item: Item) -> bool:
    """Whether title, genres or tags mention violence or death."""
    return any(GRIM.search(words.lower()) for words in (item.title, *item.genres, *item.tags))


def _is_obscure(item: Item) -> bool:
    """A clip without a known popularity, which few people know."""
    return item.kind == Kind.VIDEO and item.popularity <= 0


def choose_offer(board: ChoiceBoard, past: Sequence[Choice]) -> tuple[int, ...]:
    """The next set, in the order picked; empty when too little is left that was not shown."""
    shown = {item_id for choice in past for item_id in choice.offered}
    unseen = [row for row, item_id in enumerate(board.item_ids) if item_id not in shown]
    if len(unseen) < OFFERED:
        return ()
    belief = load_posterior(board, past)
    picked: list[int] = []
    while len(picked) < OFFERED:
        candidates = _filter_candidates(board, unseen, picked, past)
        gains = [answer_information(belief, expected_acceptance(board, [*picked, row])) for row in candidates]
        picked.append(candidates[int(np.argmax(gains))])
        unseen.remove(picked[-1])
    return tuple(board.item_ids[row] for row in picked)


def _filter_candidates(
    board: ChoiceBoard, candidates: Sequence[int], picked: Sequence[int], past: Sequence[Choice]
) -> Sequence[int]:
    """Rows that may come next into the set; a condition that would leave nothing is dropped."""
    kind_counts = Counter(board.kinds[row] for row in picked)
    fewest = min(kind_counts[board.kinds[row]] for row in candidates)
    similarity = _max_similarity_to_chosen(board, past)
    is_similar = similarity > max(NONE_LIKENESS, float(np.median(similarity[list(candidates)])))
    has_enough_similar = int(is_similar[list(picked)].sum()) >= MOST_ALIKE
    ranks, known_ids = board.popularity_ranks(), set(board.item_ids)
    sets = sum(not known_ids.isdisjoint(choice.offered) for choice in past)
    deepest = FIRST_KNOWN + MORE_KNOWN * sets
    conditions: tuple[Callable[[int], bool], ...] = (
        lambda row: sets >= GENTLE_SETS or board.item_ids[row] not in board.avoid_early,
        lambda row: kind_counts[board.kinds[row]] == fewest,
        lambda row: not (has_enough_similar and is_similar[row]),
        lambda row: ranks[row] < deepest,
    )
    for condition in conditions:
        candidates = [row for row in candidates if condition(row)] or candidates
    return candidates


def _max_similarity_to_chosen(board: ChoiceBoard, past: Sequence[Choice]) -> Floats:
    """(n,) similarity of each item to the nearest chosen one; zeros without a choice."""
    taken = {choice.taken for choice in past}
    rows = [row for row, item_id in enumerate(board.item_ids) if item_id in taken]
    return board.likeness[:, rows].max(axis=1) if rows else np.zeros(len(board.item_ids))


def load_posterior(board: ChoiceBoard, past: Sequence[Choice]) -> Floats:
    """(n,) probability that each item is the one liked, after these choices."""
    rows = {item_id: row for row, item_id in enumerate(board.item_ids)}
    belief = board.prior
    for choice in past:
        offered = [rows[item_id] for item_id in choice.offered if item_id in rows]
        if not offered or (choice.taken is not None and choice.taken not in rows):
            continue  # removed from the library meanwhile
        answer = len(offered) if choice.taken is None else offered.index(rows[choice.taken])
        belief = bayes_update(belief, expected_acceptance(board, offered)[:, answer])
    return belief


def expected_acceptance(board: ChoiceBoard, offered: Sequence[int]) -> Floats:
    """(n, k + 1) probability that a person who likes item n chooses each of the k offered ones, or none."""
    similarity = board.likeness[:, list(offered)]
    raw = np.exp(SHARPNESS * np.column_stack([similarity, np.full(len(similarity), NONE_LIKENESS)]))
    return np.asarray(raw / raw.sum(axis=1, keepdims=True))


def record_choice(person_id: int, item_id: int) -> Interaction:
    """Records a choice as a like of the item."""
    return record_interaction(person_id, item_id, "liked", origin=ORIGIN)


def _list_features(item: Item) -> set[str]:
    era = {f"decade {item.year // DECADE * DECADE}"} if item.year else set()
    return {f"kind {item.kind}", *era, *(word.lower() for word in (*item.genres, *item.tags))}


def _compare(features: Sequence[Collection[str]]) -> Floats:
    """(n, n) cosine similarity of the items' features, weighted by inverse document frequency."""
    counts = Counter(feature for item_features in features for feature in item_features)
    columns = {feature: column for column, feature in enumerate(sorted(counts))}
    vectors = np.zeros((len(features), len(columns)))
    for row, item_features in enumerate(features):
        for feature in item_features:
            vectors[row, columns[feature]] = np.log((1 + len(features)) / counts[feature])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return np.asarray(vectors @ vectors.T)
