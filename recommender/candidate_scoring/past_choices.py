"""Reads a person's recent choices back as each stood before it was made, beside sampled negatives, for the weights.

What was measured of a choice is kept: the events before it do not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from django.db.models import Max, Min

from mediarec.library.models import Item
from recommender.caching import TTLCache
from recommender.items.media_types import KINDS_OF, MEDIUM_OF, Medium
from recommender.models import Modality
from recommender.ranking.feature_weights import ChoiceStatistics, FeatureStatistics, average_choices, score_choice
from recommender.ranking.features import FeatureInputs
from recommender.ranking.scoring import Weights, choose_weights
from recommender.retrieval.pool import Pool, PoolItem, describe_candidates
from recommender.taste.history import MAX_EVENTS, History
from recommender.taste.overrides import TasteOverrides
from recommender.taste.person_vector import Model, embed_history, serving_model
from recommender.taste.profile import Profile, build_profile
from recommender.types import Candidate
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space
from recommender.vectors.sql import any_of

MOST_EVENTS = 10  # choices of one medium that are looked back at
FEWEST_BEFORE = 3  # events before the first of them
BEFORE = 100  # events that the profile before a choice is built from
NEGATIVE_SAMPLES = 120  # works that a choice is compared with, the same for everybody for a while
NEGATIVE_POOL = 20  # numbers drawn for each: most are of other media, or of nothing
MIN_NEGATIVE_SAMPLES = 30
NEGATIVE_CACHE_SECONDS = 600.0
SEED = 7
REMEMBERED_CHOICES, REMEMBERED_SECONDS = 4000, 3600.0
ChoiceKey = tuple[object, ...]

_choices: TTLCache[ChoiceKey, ChoiceStatistics] = TTLCache(REMEMBERED_CHOICES, REMEMBERED_SECONDS)
_negatives: TTLCache[Medium, Pool] = TTLCache(len(Medium), NEGATIVE_CACHE_SECONDS)


@dataclass(frozen=True)
class _Comparison:
    """What every choice of a medium is scored with: the negatives, the rows of all works, and their vectors."""

    negatives: Sequence[Candidate]
    items: Mapping[int, PoolItem]
    inputs: FeatureInputs
    model: Model | None


def load_weights(profile: Profile, mediums: Iterable[Medium], *, is_directed: bool) -> dict[Medium, Weights]:
    """The weights of each medium's scores: set by hand, then moved by what the person's own choices say."""
    liked_items = len(profile.history.positive_ids)
    return {
        medium: choose_weights(medium, liked_items, is_directed, learn_feature_statistics(profile, medium))
        for medium in mediums
    }


def learn_feature_statistics(profile: Profile, medium: Medium) -> FeatureStatistics | None:
    """None with nothing to look back at."""
    key = profile.history.key
    spaces = tuple(getattr(serving_space(modality), "pk", 0) for modality in (Modality.TEXT, Modality.TASTE))
    positions: dict[ChoiceKey, int] = {
        (profile.history.person_id, profile.history.events[position], spaces, key.withdrawn, key.unused): position
        for position in list_choices(profile.history, medium)
    }
    rows = _choices.get_many(
        list(positions), lambda missing: _measure(profile, medium, {name: positions[name] for name in missing})
    )
    return average_choices(rows.values())


def list_choices(history: History, medium: Medium) -> list[int]:
    """Positions in the history of the newest events by which a work of the medium was chosen for the first time."""
    first: dict[int, int] = {}
    for position, event in enumerate(history.events):
        if event.weight > 0 and MEDIUM_OF[event.kind] == medium:
            first.setdefault(event.item_id, position)
    eligible = [position for position in first.values() if position >= FEWEST_BEFORE]
    return eligible[max(0, len(eligible) - MOST_EVENTS) :]


def _measure(profile: Profile, medium: Medium, positions: Mapping[ChoiceKey, int]) -> dict[ChoiceKey, ChoiceStatistics]:
    """What could be measured: a choice that is gone from the library, or had nothing beside it, is left out."""
    drawn = _negatives.get(medium, lambda: _sample_negatives(medium))
    history = profile.history
    ids = {history.events[position].item_id for position in positions.values()}
    chosen = describe_candidates({item_id: Candidate(item_id, "", {}) for item_id in ids})
    negatives = [candidate for candidate in drawn.candidates.values() if candidate.item_id not in history.kinds]
    if len(negatives) < MIN_NEGATIVE_SAMPLES:
        return {}
    items = {**drawn.items, **chosen.items}
    text, taste = (
        load_cached_vectors(serving_space(modality), list(items)) for modality in (Modality.TEXT, Modality.TASTE)
    )
    comparison = _Comparison(negatives, items, FeatureInputs(text=text, taste=taste), serving_model())
    return {
        key: _score_at(profile, position, choice, comparison)
        for key, position in positions.items()
        if (choice := chosen.candidates.get(history.events[position].item_id)) is not None
    }


def _sample_negatives(medium: Medium) -> Pool:
    """Works of a medium at random."""
    ends = Item.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["last"] is None:
        return Pool({}, {})
    numbers = np.random.default_rng(SEED).integers(ends["first"], ends["last"] + 1, NEGATIVE_SAMPLES * NEGATIVE_POOL)
    found = Item.objects.filter(any_of("pk", set(numbers.tolist())), kind__in=KINDS_OF[medium], is_excluded=False)
    ids = found.order_by("pk").values_list("pk", flat=True)
    kept = np.random.default_rng(SEED).permutation(np.array(ids, dtype=np.int64))[:NEGATIVE_SAMPLES].tolist()
    return describe_candidates({item_id: Candidate(item_id, "", {}) for item_id in kept})


def _score_at(profile: Profile, position: int, choice: Candidate, comparison: _Comparison) -> ChoiceStatistics:
    before = profile_before(profile, position, BEFORE)
    at = profile.history.events[position].occurred_at
    inputs = person_at(comparison.inputs, before, comparison.model, at)
    return score_choice([*comparison.negatives, choice], comparison.items, before, inputs)


def profile_before(profile: Profile, position: int, most: int = MAX_EVENTS) -> Profile:
    """As it stood before the event at a position of the history, by so many events; without what was said since."""
    history = profile.history
    former = replace(history, events=history.events[max(0, position - most) : position])
    return build_profile(former, serving_space(Modality.TEXT), profile.counts, TasteOverrides())


def person_at(inputs: FeatureInputs, before: Profile, model: Model | None, at: datetime) -> FeatureInputs:
    """The same vectors of items, compared with where a person stood at a time."""
    person = None if model is None else embed_history(before.history, model, at)
    return replace(inputs, person_vector=None if person is None else person.vector, contributors=before.followed)
