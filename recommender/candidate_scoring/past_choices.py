"""Prequential evaluation of a person's recent choices against sampled negatives, to learn feature weights.

Each choice is scored with the profile as it was just before. The statistics of a choice are cached, because the events
before it do not change.
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

MAX_CHOICES = 10  # newest choices of one medium that are evaluated
MIN_EVENTS_BEFORE = 3  # a choice needs at least this many earlier events
PROFILE_EVENTS = 100  # newest earlier events that the profile before a choice is built from
NEGATIVE_SAMPLES = 120  # items a choice is compared with, shared by all people while cached
NEGATIVE_POOL = 20  # IDs drawn per negative: most belong to other media or to no item
MIN_NEGATIVE_SAMPLES = 30
NEGATIVE_CACHE_SECONDS = 600.0
SEED = 7
REMEMBERED_CHOICES, REMEMBERED_SECONDS = 4000, 3600.0
ChoiceKey = tuple[object, ...]

_choices: TTLCache[ChoiceKey, ChoiceStatistics] = TTLCache(REMEMBERED_CHOICES, REMEMBERED_SECONDS)
_negatives: TTLCache[Medium, Pool] = TTLCache(len(Medium), NEGATIVE_CACHE_SECONDS)


@dataclass(frozen=True)
class _Comparison:
    """What every choice of a medium is scored against: negatives, facts of all items, their vectors, the model."""

    negatives: Sequence[Candidate]
    items: Mapping[int, PoolItem]
    inputs: FeatureInputs
    model: Model | None


def load_weights(profile: Profile, mediums: Iterable[Medium], *, is_directed: bool) -> dict[Medium, Weights]:
    """Feature weights per medium: hand-set priors, moved by what is learned from the person's choices."""
    liked_items = len(profile.history.positive_ids)
    return {
        medium: choose_weights(medium, liked_items, is_directed, learn_feature_statistics(profile, medium))
        for medium in mediums
    }


def learn_feature_statistics(profile: Profile, medium: Medium) -> FeatureStatistics | None:
    """None when the person has no choice of the medium to evaluate."""
    history_key = profile.history.key
    spaces = tuple(getattr(serving_space(modality), "pk", 0) for modality in (Modality.TEXT, Modality.TASTE))
    positions: dict[ChoiceKey, int] = {
        (
            profile.history.person_id,
            profile.history.events[position],
            spaces,
            history_key.withdrawn,
            history_key.unused,
        ): position
        for position in list_choices(profile.history, medium)
    }
    statistics = _choices.get_many(
        list(positions), lambda missing: _measure(profile, medium, {key: positions[key] for key in missing})
    )
    return average_choices(statistics.values())


def list_choices(history: History, medium: Medium) -> list[int]:
    """Indices into the history of the newest events in which an item of the medium was first chosen."""
    first: dict[int, int] = {}
    for position, event in enumerate(history.events):
        if event.weight > 0 and MEDIUM_OF[event.kind] == medium:
            first.setdefault(event.item_id, position)
    eligible = [position for position in first.values() if position >= MIN_EVENTS_BEFORE]
    return eligible[max(0, len(eligible) - MAX_CHOICES) :]


def _measure(profile: Profile, medium: Medium, positions: Mapping[ChoiceKey, int]) -> dict[ChoiceKey, ChoiceStatistics]:
    """Statistics by choice; none for choices deleted from the library, or where too few negatives exist."""
    sampled = _negatives.get(medium, lambda: _sample_negatives(medium))
    history = profile.history
    ids = {history.events[position].item_id for position in positions.values()}
    chosen = describe_candidates({item_id: Candidate(item_id, "", {}) for item_id in ids})
    negatives = [candidate for candidate in sampled.candidates.values() if candidate.item_id not in history.kinds]
    if len(negatives) < MIN_NEGATIVE_SAMPLES:
        return {}
    items = {**sampled.items, **chosen.items}
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
    """Random items of a medium: random IDs between the lowest and the highest, because ORDER BY random() scans all."""
    bounds = Item.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if bounds["last"] is None:
        return Pool({}, {})
    numbers = np.random.default_rng(SEED).integers(
        bounds["first"], bounds["last"] + 1, NEGATIVE_SAMPLES * NEGATIVE_POOL
    )
    items = Item.objects.filter(any_of("pk", set(numbers.tolist())), kind__in=KINDS_OF[medium], is_excluded=False)
    ids = items.order_by("pk").values_list("pk", flat=True)
    sample = np.random.default_rng(SEED).permutation(np.array(ids, dtype=np.int64))[:NEGATIVE_SAMPLES].tolist()
    return describe_candidates({item_id: Candidate(item_id, "", {}) for item_id in sample})


def _score_at(profile: Profile, position: int, choice: Candidate, comparison: _Comparison) -> ChoiceStatistics:
    before = profile_before(profile, position, PROFILE_EVENTS)
    at = profile.history.events[position].occurred_at
    inputs = inputs_at(comparison.inputs, before, comparison.model, at)
    return score_choice([*comparison.negatives, choice], comparison.items, before, inputs)


def profile_before(profile: Profile, position: int, most: int = MAX_EVENTS) -> Profile:
    """The profile from at most `most` events before an index of the history, without overrides, which came later."""
    history = profile.history
    earlier = replace(history, events=history.events[max(0, position - most) : position])
    return build_profile(earlier, serving_space(Modality.TEXT), profile.counts, TasteOverrides())


def inputs_at(inputs: FeatureInputs, before: Profile, model: Model | None, at: datetime) -> FeatureInputs:
    """The same item vectors with the person's vector and followed contributors as of `at`."""
    person = None if model is None else embed_history(before.history, model, at)
    return replace(inputs, person_vector=None if person is None else person.vector, contributors=before.followed)
