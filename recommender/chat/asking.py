"""One question when a wish is open: what halves the likely answers best. Pure; knows no tables.

Belief over items is a softmax of their scores; a question's worth is the entropy of its answers under that belief,
which for answers that an item fixes is the expected information.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

SHARPNESS = 3.0  # of the softmax; scores lie between 0 and 1
MOST_CHOICES = 4
WORTH_ASKING_BITS = 0.6  # less would not change what is shown
OLD_BEFORE, NEW_SINCE = 1980, 2005


@dataclass(frozen=True)
class Option:
    """What a question is about: an item as far as it can be asked for."""

    item_id: int
    kind: str
    year: int | None
    genres: tuple[str, ...]
    score: float


@dataclass(frozen=True)
class Question:
    """`choices` are sentences that can be sent as they stand."""

    text: str
    choices: tuple[str, ...]
    bits: float


KIND_CHOICES = {
    "film": "a film", "series": "a series", "track": "songs", "album": "an album", "video": "a video",
}  # fmt: skip


def choose_question(options: Sequence[Option], asked: Iterable[str] = ()) -> Question | None:
    """The question with the most expected information that was not asked before; None where none is worth it."""
    belief = weigh(options)
    known = set(asked)
    questions = [
        _build("Something to watch or to hear?", belief, lambda option: KIND_CHOICES.get(option.kind, "")),
        _build("What kind of thing?", belief, _first_genre(options, belief)),
        _build("From when?", belief, _era),
    ]
    open_ones = [q for q in questions if q is not None and q.text not in known]
    best = max(open_ones, key=lambda question: question.bits, default=None)
    return best if best is not None and best.bits >= WORTH_ASKING_BITS else None


def weigh(options: Sequence[Option]) -> Mapping[Option, float]:
    """A share of belief for each, adding up to one."""
    raw = {option: math.exp(SHARPNESS * option.score) for option in options}
    total = sum(raw.values()) or 1.0
    return {option: value / total for option, value in raw.items()}


def _build(text: str, belief: Mapping[Option, float], answer: Callable[[Option], str]) -> Question | None:
    shares: dict[str, float] = defaultdict(float)
    for option, share in belief.items():
        shares[answer(option)] += share
    bits = -sum(share * math.log2(share) for share in shares.values() if share > 0)
    choices = [name for name, _ in sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])) if name]
    return Question(text, tuple(choices[:MOST_CHOICES]), bits) if len(choices) > 1 else None


def _first_genre(options: Sequence[Option], belief: Mapping[Option, float]) -> Callable[[Option], str]:
    """Each item answers with the commonest of its genres among the few that can be offered."""
    mass: dict[str, float] = defaultdict(float)
    for option in options:
        for genre in option.genres:
            mass[genre.lower()] += belief[option]
    offered = sorted(mass, key=lambda genre: (-mass[genre], genre))[:MOST_CHOICES]
    return lambda option: next((genre for genre in offered if genre in {g.lower() for g in option.genres}), "")


def _era(option: Option) -> str:
    if option.year is None:
        return ""
    if option.year < OLD_BEFORE:
        return f"before {OLD_BEFORE}"
    return f"since {NEW_SINCE}" if option.year >= NEW_SINCE else f"between {OLD_BEFORE} and {NEW_SINCE - 1}"
