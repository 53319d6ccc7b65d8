"""The novelty dial: how far a row strays from what the person knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.ranking.diversity import DiversitySettings
from recommender.ranking.standardisation import Column, standardise
from recommender.types import Candidate


@dataclass(frozen=True)
class NoveltySettings:
    """At `neutral` nothing moves; below it the familiar gains, above it the unfamiliar."""

    neutral: float = 0.3
    pull: float = 0.25  # of the 0..1 score, at one standard deviation and a dial at its end
    explorer_gain: float = 0.35  # for what only the explore source brought, at a dial of 1
    looser: float = 0.2  # of relevance given up for variety at a dial of 1


NOVELTY = NoveltySettings()


def adjust_scores(
    scores: Column, columns: Mapping[str, Column], candidates: Sequence[Candidate], novelty: float
) -> Column:
    """Moves scores by how familiar each candidate is, judged by its content and genres."""
    offset = novelty - NOVELTY.neutral
    familiar = (standardise(columns["content"]) + standardise(columns["affinity"])) / 2
    explorers = np.array(["explore" in c.sources for c in candidates], dtype=np.float32)
    moved = scores - NOVELTY.pull * offset * familiar + NOVELTY.explorer_gain * max(0.0, offset) * explorers
    return np.clip(moved, 0.0, 1.0).astype(np.float32)


def widen(spread: DiversitySettings, novelty: float) -> DiversitySettings:
    return replace(spread, relevance=spread.relevance - NOVELTY.looser * max(0.0, novelty - NOVELTY.neutral))
