"""The novelty dial: how far a row strays from what the person knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.ranking.diversity import Spread
from recommender.ranking.standardisation import Column, standardise
from recommender.types import Candidate


@dataclass(frozen=True)
class Dial:
    """At `neutral` nothing moves; below it the familiar gains, above it the unfamiliar."""

    neutral: float = 0.3
    pull: float = 0.25  # of the 0..1 score, at one standard deviation and a dial at its end
    explorer_gain: float = 0.35  # for what only the explore source brought, at a dial of 1
    looser: float = 0.2  # of relevance given up for variety at a dial of 1


DIAL = Dial()


def turn(scores: Column, columns: Mapping[str, Column], candidates: Sequence[Candidate], novelty: float) -> Column:
    """Moves scores by how familiar each candidate is, judged by its content and genres."""
    offset = novelty - DIAL.neutral
    familiar = (standardise(columns["content"]) + standardise(columns["leaning"])) / 2
    explorers = np.array(["explore" in c.sources for c in candidates], dtype=np.float32)
    moved = scores - DIAL.pull * offset * familiar + DIAL.explorer_gain * max(0.0, offset) * explorers
    return np.clip(moved, 0.0, 1.0).astype(np.float32)


def loosen(spread: Spread, novelty: float) -> Spread:
    return replace(spread, relevance=spread.relevance - DIAL.looser * max(0.0, novelty - DIAL.neutral))
