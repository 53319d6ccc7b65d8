"""The novelty setting: how far a list departs from what is familiar to the person. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.ranking.diversity import DiversitySettings
from recommender.ranking.standardisation import Column, standardise
from recommender.types import Candidate


@dataclass(frozen=True)
class NoveltySettings:
    """At `neutral` scores are unchanged; below it the familiar gains, above it the unfamiliar."""

    neutral: float = 0.3
    pull: float = 0.25  # change of the 0..1 score per standard deviation of familiarity and unit of novelty
    explorer_gain: float = 0.35  # bonus for candidates of the explore source per unit of novelty
    looser: float = 0.2  # MMR relevance given up for variety per unit of novelty


NOVELTY = NoveltySettings()


def adjust_scores(
    scores: Column, columns: Mapping[str, Column], candidates: Sequence[Candidate], novelty: float
) -> Column:
    """(N,) scores shifted by each candidate's familiarity, the mean z-score of "content" and "affinity"."""
    offset = novelty - NOVELTY.neutral
    familiar = (standardise(columns["content"]) + standardise(columns["affinity"])) / 2
    explorers = np.array(["explore" in c.sources for c in candidates], dtype=np.float32)
    adjusted = scores - NOVELTY.pull * offset * familiar + NOVELTY.explorer_gain * max(0.0, offset) * explorers
    return np.clip(adjusted, 0.0, 1.0).astype(np.float32)


def increase_diversity(spread: DiversitySettings, novelty: float) -> DiversitySettings:
    """Settings with less relevance, so more variety, for a novelty above neutral."""
    return replace(spread, relevance=spread.relevance - NOVELTY.looser * max(0.0, novelty - NOVELTY.neutral))
