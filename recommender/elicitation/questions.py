"""The clarifying question with the highest expected information gain about an open request. Pure; knows no tables.

Kinds, genres, tags, makers and eras are facets of the likely items. Each facet offers the few values that together
have the highest information gain (`information_gain.py`), and the best facet is asked about. No value is offered twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.elicitation.information_gain import (
    Flags,
    Floats,
    answer_probabilities,
    bayes_update,
    pick_columns,
    softmax,
)

SHARPNESS = 3.0  # of the softmax; scores lie between 0 and 1
MOST_CHOICES = 4
WORTH_ASKING_BITS = 0.6  # with less gain the answer would not change what is shown
NEGLIGIBLE = 1e-4  # relative to the likeliest item's probability
OLD_BEFORE, NEW_SINCE = 1980, 2005
KIND_CHOICES = {
    "film": "a film", "series": "a series", "track": "songs", "album": "an album", "video": "a video",
}  # fmt: skip


@dataclass(frozen=True)
class Option:
    """A candidate item with the attributes that questions can be about."""

    item_id: int
    kind: str
    year: int | None
    genres: tuple[str, ...]
    score: float
    tags: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facet:
    """One attribute to ask about: its values, as messages to send, and which item has which, (n, values) bool."""

    text: str
    values: tuple[str, ...]
    carried: Flags


@dataclass(frozen=True)
class Question:
    """`choices` are messages to send; `columns` are their columns in the facet; `bits` is the expected gain."""

    text: str
    choices: tuple[str, ...]
    bits: float
    facet: Facet | None = None
    columns: tuple[int, ...] = ()


def read_facets(options: Sequence[Option]) -> list[Facet]:
    """All facets of these items."""
    readers: list[tuple[str, Callable[[Option], Collection[str]]]] = [
        ("Something to watch or to hear?", lambda option: [KIND_CHOICES.get(option.kind, "")]),
        ("What kind of thing?", lambda option: [genre.lower() for genre in option.genres]),
        ("From when?", lambda option: [name_era(option.year)]),
        ("Does one of these fit?", lambda option: [tag.lower() for tag in option.tags]),
        ("By or with one of these?", lambda option: [f"with {name}" for name in option.people]),
    ]
    return [build_facet(text, [read(option) for option in options]) for text, read in readers]


def build_facet(text: str, carried_by_item: Sequence[Collection[str]]) -> Facet:
    values = tuple(sorted({value for carried in carried_by_item for value in carried if value}))
    columns = {value: column for column, value in enumerate(values)}
    carried = np.zeros((len(carried_by_item), len(values)), dtype=np.bool_)
    for row, item_values in enumerate(carried_by_item):
        carried[row, [columns[value] for value in item_values if value]] = True
    return Facet(text, values, carried)


def choose_question(options: Sequence[Option], offered: Collection[str] = ()) -> Question | None:
    """The question with the highest gain whose choices were not offered before; None if no gain is worth asking."""
    if len(options) < 2:
        return None
    shares = softmax(np.array([option.score for option in options]), SHARPNESS)
    best = find_best_question(read_facets(options), shares, offered)
    return best if best is not None and best.bits >= WORTH_ASKING_BITS else None


def find_best_question(
    facets: Sequence[Facet], shares: Floats, offered: Collection[str] = (), most: int = MOST_CHOICES
) -> Question | None:
    """The best question of all facets under a belief (n,) over their items; negligible items are ignored."""
    likely = shares >= shares.max(initial=0.0) * NEGLIGIBLE
    belief = shares[likely] / shares[likely].sum()
    candidates = (_ask_about(facet, belief, likely, offered, most) for facet in facets)
    return max((q for q in candidates if q is not None), key=lambda question: question.bits, default=None)


def _ask_about(facet: Facet, shares: Floats, likely: Flags, offered: Collection[str], most: int) -> Question | None:
    open_columns = np.array(
        [column for column, value in enumerate(facet.values) if value not in offered], dtype=np.int64
    )
    if len(open_columns) < min(2, most):
        return None
    carried = facet.carried[np.ix_(likely, open_columns)]
    picked, bits = pick_columns(shares, carried, most)
    if len(picked) < min(2, most):
        return None
    picked.sort(key=lambda column: -float(shares @ carried[:, column]))
    columns = tuple(int(open_columns[column]) for column in picked)
    return Question(facet.text, tuple(facet.values[c] for c in columns), bits, facet, columns)


def posterior(shares: Floats, question: Question, choice: int) -> Floats:
    """The belief after an answer; `choice` is the index of the chosen one, or their number for "none"."""
    if question.facet is None:
        return shares
    return bayes_update(shares, answer_probabilities(question.facet.carried[:, list(question.columns)])[:, choice])


def name_era(year: int | None) -> str:
    if year is None:
        return ""
    if year < OLD_BEFORE:
        return f"before {OLD_BEFORE}"
    return f"since {NEW_SINCE}" if year >= NEW_SINCE else f"between {OLD_BEFORE} and {NEW_SINCE - 1}"
