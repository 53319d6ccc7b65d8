"""Blends features into one score per candidate, comparable inside a medium only. Pure: knows no tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from recommender.items.media_types import Medium
from recommender.ranking.feature_weights import FEATURES, FeatureStatistics, learn_weights
from recommender.ranking.standardisation import Column, standardise

STEEPNESS = 1.6  # a logistic of this slope is close to the normal distribution's share below
# Not standardised: rare, or stated by the person, they must not be diluted by the number of other features.
UNSCALED = ("disliked", "more", "less", "stated", "mood")


@dataclass(frozen=True)
class Weights:
    """Weights of the linear blend over features standardised inside one medium. Features in UNSCALED are 0..1 or,
    for "stated" and "mood", in standard deviations already."""

    taste: float = 0.0
    content: float = 0.0
    affinity: float = 0.0
    credits: float = 0.0
    popularity: float = 0.0
    household: float = 0.0
    fresh: float = 0.0
    query: float = 0.0
    words: float = 0.0
    seed: float = 0.0
    seed_credits: float = 0.0
    named: float = 0.0
    disliked: float = -2.5
    stated: float = 0.0
    mood: float = 0.5
    more: float = 1.5
    less: float = -3.5


# The shipped sequence model was trained on films alone, so it leads there. In music and clips its vectors still carry
# some signal (they are built from the same text), so it keeps a small weight beside content similarity.
PERSONAL: Mapping[Medium, Weights] = {
    Medium.SCREEN: Weights(
        taste=1.0, content=0.6, affinity=0.6, credits=0.4, popularity=0.15, household=0.1, fresh=0.05
    ),
    Medium.MUSIC: Weights(
        taste=0.25, content=1.0, affinity=0.8, credits=0.6, popularity=0.15, household=0.1, fresh=0.05
    ),
    Medium.VIDEO: Weights(
        taste=0.2, content=1.0, affinity=0.8, credits=0.4, popularity=0.15, household=0.1, fresh=0.05
    ),
}
# With a query or seeds these lead, and taste breaks ties.
DIRECTED_TASTE = 0.25
DIRECTED = Weights(query=1.5, words=1.2, seed=1.4, seed_credits=0.4, named=1.4)
STATED = 0.8  # a sentence in the person's own words weighs about as much as the history
COLD_POPULARITY = 1.0  # weight of popularity for a person without history
WARM_ITEMS = 8.0  # liked items at which half of the cold-start weight of popularity has faded


def choose_weights(
    medium: Medium, liked_items: int, is_directed: bool, statistics: FeatureStatistics | None = None
) -> Weights:
    """Popularity fades as the history grows, learned weights adjust hand-set ones, a query or seed scales all down."""
    personal = PERSONAL[medium]
    scale = DIRECTED_TASTE if is_directed else 1.0
    warmth = liked_items / (liked_items + WARM_ITEMS)
    by_hand = {name: getattr(personal, name) for name in FEATURES}
    by_hand["popularity"] += COLD_POPULARITY * (1 - warmth)
    values = {f.name: getattr(personal, f.name) * scale for f in fields(Weights)}
    values |= {name: weight * scale for name, weight in learn_weights(by_hand, statistics).items()}
    values |= {name: getattr(personal, name) for name in UNSCALED}
    values["stated"] = STATED * scale
    if is_directed:
        values |= {name: getattr(DIRECTED, name) for name in ("query", "words", "seed", "seed_credits", "named")}
    return Weights(**values)


def blend(columns: Mapping[str, Column], weights: Weights) -> Column:
    """(N,) scores in 0..1: the logistic of the weighted sum of z-scores over the norm of the weights in use."""
    total = np.zeros(len(next(iter(columns.values()))), dtype=np.float32)
    norm = 0.0
    for name, column in columns.items():
        weight = getattr(weights, name)
        if name in UNSCALED or weight == 0 or not np.isfinite(column).any():
            continue
        total += weight * standardise(column)
        norm += weight * weight
    total = total / max(float(np.sqrt(norm)), 1e-6)
    for name in UNSCALED:
        if name in columns:
            total += getattr(weights, name) * columns[name]
    return np.asarray(1 / (1 + np.exp(-STEEPNESS * total)), dtype=np.float32)
