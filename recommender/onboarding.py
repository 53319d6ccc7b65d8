"""Fifteen choices for a person with no history: small sets of works, each chosen for what the answer would tell.

The same arithmetic as the chat's questions (`chat/belief.py`): a belief over what the person would like, and the set
whose answer is expected to say most about it. A choice is kept as a like; skipping only moves the belief.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from mediarec.library.interactions import record_interaction
from mediarec.library.models import Interaction, Item, Kind
from recommender.chat.belief import Floats, measure_answer_bits, update, weigh
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
FIELDS = ("pk", "kind", "year", "genres", "tags", "popularity")


@dataclass(frozen=True)
class Choice:
    """One set that was shown and what was taken of it; None where nothing was."""

    offered: tuple[int, ...]
    taken: int | None = None


@dataclass(frozen=True)
class Board:
    """What can be offered: works in one order, how likely each is liked before anything is said, and their likeness."""

    item_ids: tuple[int, ...]
    prior: Floats  # (n,)
    likeness: Floats  # (n, n), cosines


def is_new_here(person_id: int) -> bool:
    """Whether nothing is known of a person, so that the choices are worth offering."""
    return not Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True).exists()


def load_board(person_id: int) -> Board:
    """The best known works of each kind that the person may see; chosen ones stay, for the belief rests on them."""
    allowed = filter_items(Filters(include_seen=True), person_id)
    items = [
        item
        for kind, count in POOL.items()
        for item in allowed.filter(kind=kind).order_by("-popularity", "pk").only(*FIELDS)[:count]
    ]
    scores = np.array([item.popularity for item in items], dtype=np.float64)
    prior = weigh(scores, POPULARITY_WEIGHT) if items else scores
    return Board(tuple(item.pk for item in items), prior, _compare([_list_features(item) for item in items]))


def choose_offer(board: Board, past: Sequence[Choice]) -> tuple[int, ...]:
    """The next set, in the order picked; empty when too little is left that was not shown."""
    shown = {item_id for choice in past for item_id in choice.offered}
    tried = [place for place, item_id in enumerate(board.item_ids) if item_id not in shown]
    if len(tried) < OFFERED:
        return ()
    shares = read_belief(board, past)
    picked: list[int] = []
    while len(picked) < OFFERED:
        worth = [measure_answer_bits(shares, expect_taken(board, [*picked, place])) for place in tried]
        picked.append(tried.pop(int(np.argmax(worth))))
    return tuple(board.item_ids[place] for place in picked)


def read_belief(board: Board, past: Sequence[Choice]) -> Floats:
    """How likely each work is liked, after these choices."""
    places = {item_id: place for place, item_id in enumerate(board.item_ids)}
    shares = board.prior
    for choice in past:
        offered = [places[item_id] for item_id in choice.offered if item_id in places]
        if not offered or (choice.taken is not None and choice.taken not in places):
            continue  # taken out of the library meanwhile
        answer = len(offered) if choice.taken is None else offered.index(places[choice.taken])
        shares = update(shares, expect_taken(board, offered)[:, answer])
    return shares


def expect_taken(board: Board, places: Sequence[int]) -> Floats:
    """How likely who likes each work takes each of the offered ones, or none of them, (n, k + 1)."""
    alike = board.likeness[:, list(places)]
    raw = np.exp(SHARPNESS * np.column_stack([alike, np.full(len(alike), NONE_LIKENESS)]))
    return np.asarray(raw / raw.sum(axis=1, keepdims=True))


def take(person_id: int, item_id: int) -> Interaction:
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
