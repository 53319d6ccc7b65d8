"""How well each feature would have told a person's last choices apart, asked before each was made (Dawid 1984).

For the newest choices of a medium, features are measured with only what lay before, beside works drawn at random. How
many deviations above those the choice stood is the shift of a feature; the blend that parts choices from the rest best
is Fisher's discriminant (1936): the shifts, over how the features go together. With few choices the weights set by hand
speak (empirical Bayes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from django.db.models import Max, Min

from mediarec.library.models import Item
from recommender.caching import TTLCache
from recommender.items.media_types import KINDS_OF, MEDIUM_OF, Medium
from recommender.models import Modality
from recommender.ranking.feature_statistics import FEATURES, FeatureStatistics, Matrix
from recommender.ranking.features import FeatureInputs, measure_features
from recommender.ranking.standardisation import Column, standardise
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
BEFORE = 100  # events that a choice is told from
NEGATIVE_SAMPLES = 120  # works that it is told from, the same for everybody for a while
NEGATIVE_POOL = 20  # numbers drawn for each: most are of other media, or of nothing
MIN_NEGATIVE_SAMPLES = 30
NEGATIVE_CACHE_SECONDS = 600.0
SEED = 7
REMEMBERED_CHOICES, REMEMBERED_SECONDS = 4000, 3600.0


@dataclass(frozen=True)
class ChoiceStatistics:
    """One choice: shifts (F,), NaN where not measured, and how the features went together (F, F)."""

    shifts: Column
    together: Matrix


_choices: TTLCache[tuple[object, ...], ChoiceStatistics] = TTLCache(REMEMBERED_CHOICES, REMEMBERED_SECONDS)
_drawn: TTLCache[Medium, Pool] = TTLCache(len(Medium), NEGATIVE_CACHE_SECONDS)


def learn_feature_statistics(profile: Profile, medium: Medium) -> FeatureStatistics | None:
    """None with nothing to look back at. Each choice is measured once: what lay before it does not change."""
    key = profile.history.key
    spaces = tuple(getattr(serving_space(modality), "pk", 0) for modality in (Modality.TEXT, Modality.TASTE))
    places: dict[tuple[object, ...], int] = {
        (profile.history.events[place], spaces, key.withdrawn, key.unused): place
        for place in list_choices(profile.history, medium)
    }
    rows = _choices.get_many(
        [(profile.history.person_id, *name) for name in places],
        lambda missing: _measure(profile, medium, {name: places[name[1:]] for name in missing}),
    ).values()
    if not rows:
        return None
    shifts = np.stack([row.shifts for row in rows])
    measured = np.isfinite(shifts).sum(axis=0)
    mean = np.where(measured > 0, np.nansum(shifts, axis=0) / np.maximum(measured, 1), np.nan)
    return FeatureStatistics(mean.astype(np.float32), np.mean([row.together for row in rows], axis=0), len(rows))


def list_choices(history: History, medium: Medium) -> list[int]:
    """Places in the history of the newest events by which a work of the medium was taken to for the first time."""
    first: dict[int, int] = {}
    for place, event in enumerate(history.events):
        if event.weight > 0 and MEDIUM_OF[event.kind] == medium:
            first.setdefault(event.item_id, place)
    told = [place for place in first.values() if place >= FEWEST_BEFORE]
    return told[max(0, len(told) - MOST_EVENTS) :]


def _measure(
    profile: Profile, medium: Medium, places: Mapping[tuple[object, ...], int]
) -> dict[tuple[object, ...], ChoiceStatistics]:
    """What could be measured: a choice that is gone from the library, or had nothing beside it, is left out."""
    drawn = _drawn.get(medium, lambda: _sample_negatives(medium))
    history = profile.history
    ids = {history.events[place].item_id for place in places.values()}
    chosen = describe_candidates({item_id: Candidate(item_id, "", {}) for item_id in ids})
    others = [candidate for candidate in drawn.candidates.values() if candidate.item_id not in history.kinds]
    if len(others) < MIN_NEGATIVE_SAMPLES:
        return {}
    items, model = {**drawn.items, **chosen.items}, serving_model()
    text, taste = (
        load_cached_vectors(serving_space(modality), list(items)) for modality in (Modality.TEXT, Modality.TASTE)
    )
    return {
        name: _score_choice(profile, place, [*others, own], items, FeatureInputs(text=text, taste=taste), model)
        for name, place in places.items()
        if (own := chosen.candidates.get(history.events[place].item_id)) is not None
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


def _score_choice(
    profile: Profile,
    place: int,
    candidates: Sequence[Candidate],
    items: Mapping[int, PoolItem],
    measures: FeatureInputs,
    model: Model | None,
) -> ChoiceStatistics:
    """The choice is the last of the candidates."""
    before = profile_before(profile, place, BEFORE)
    at = profile.history.events[place].occurred_at
    columns = measure_features(candidates, items, before, person_at(measures, before, model, at))
    known = [np.isfinite(columns[name]).any() for name in FEATURES]
    scores = np.stack([standardise(columns[name]) for name in FEATURES])
    together = scores @ scores.T / scores.shape[1]
    np.fill_diagonal(together, 1.0)
    return ChoiceStatistics(np.where(known, scores[:, -1], np.nan).astype(np.float32), together)


def profile_before(profile: Profile, place: int, most: int = MAX_EVENTS) -> Profile:
    """As it stood before the event at a place of the history, by so many events; without what was said since."""
    history = profile.history
    former = replace(history, events=history.events[max(0, place - most) : place])
    return build_profile(former, serving_space(Modality.TEXT), profile.counts, TasteOverrides())


def person_at(measures: FeatureInputs, before: Profile, model: Model | None, at: datetime) -> FeatureInputs:
    """The same vectors of items, compared with where a person stood at a time."""
    person = None if model is None else embed_history(before.history, model, at)
    return replace(measures, person_vector=None if person is None else person.vector, contributors=before.followed)
