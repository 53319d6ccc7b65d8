"""The household's events as training data, in order and weighted. Knows no network."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Count
from numpy.typing import NDArray

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Interaction, InteractionType, Item
from mediarec.library.models.interactions import DISLIKED_RATING, LIKED_RATING, POSITIVE
from recommender.enrichment.item_embeddings import find_fitting_space
from recommender.finetuning.accuracy import FEWEST_HOUSEHOLD_EVENTS
from recommender.finetuning.sample_weights import CompletionScale, invert_propensities
from recommender.models import Impression
from recommender.sequence.config import RankerConfig
from recommender.sequence.events import EVENT_INDEX, bucket_gaps
from recommender.taste.history import weigh_event
from recommender.taste.ignored_items import exclude_ignored
from recommender.taste.person_vector import is_same_event
from recommender.training.movielens import TrainingData
from recommender.types import Vector
from recommender.vectors import spaces

MIN_POSITIVES = 3  # one to train on, one to validate, one to test
MAX_NEGATIVES = 5000  # negatives besides the items in histories; more only slow the softmax down


class NotEnoughDataError(NotUnderstoodError):
    """There is too little history to train on yet."""


@dataclass(frozen=True)
class TrainingEvent:
    """One event in the model's vocabulary.

    `weight` is positive for likes and plays, negative for rejections, 0 for neutral ratings. It includes the play
    progress but not yet the inverse propensity.
    """

    item_id: int
    name: str
    weight: float
    at: datetime


@dataclass(frozen=True)
class HouseholdData:
    """`trained_until` is the time of each person's last training event; `encoders` maps modalities to encoders."""

    data: TrainingData
    trained_until: dict[int, datetime]
    encoders: dict[str, str]


def load_training_events() -> dict[int, list[TrainingEvent]]:
    """Events by person, oldest first, equal times in recording order; without withdrawn events and ignored items."""
    rows = (
        exclude_ignored(Interaction.objects.filter(withdrawn_at__isnull=True))
        .order_by("person_id", "occurred_at", "pk")
        .values_list("person_id", "item_id", "what", "value", "progress", "item__runtime_seconds", "occurred_at")
    )
    scale = _fit_completion()
    people: dict[int, list[TrainingEvent]] = {}
    for person_id, item_id, what, value, progress, seconds, at in rows.iterator(chunk_size=5000):
        steps = people.setdefault(person_id, [])
        weight = _weigh(what, value, progress)
        if weight > 0 and what in (InteractionType.PLAYED, InteractionType.FINISHED):
            weight = scale.weigh(seconds, progress)
        step = TrainingEvent(item_id, name_event(what, value), weight, at)
        if not (steps and is_same_event(steps[-1].item_id, steps[-1].weight, item_id, weight)):
            steps.append(step)
    return people


def name_event(what: str, value: float | None) -> str:
    """Event type in the model's vocabulary, which splits ratings into high and low, as in serving."""
    if what != InteractionType.RATED:
        return what
    return "rated_high" if weigh_event(what, value, None) > 0 else "rated_low"


def count_positive(people: Mapping[int, Sequence[TrainingEvent]]) -> int:
    return sum(step.weight > 0 for steps in people.values() for step in steps)


def build_data(
    people: Mapping[int, Sequence[TrainingEvent]], config: RankerConfig, encoders: Mapping[str, str]
) -> HouseholdData:
    """Builds arrays for training. `encoders` names those the weights were trained with. Raises NotEnoughDataError."""
    ids, vectors, present, used = _load_items(people, config, encoders)
    rows = {item_id: row for row, item_id in enumerate(ids)}
    histories = {
        person: hold_back_positives([s for s in steps if s.item_id in rows]) for person, steps in people.items()
    }
    histories = {
        person: steps for person, steps in histories.items() if sum(s.weight > 0 for s in steps) >= MIN_POSITIVES
    }
    total = count_positive(histories)
    if total < FEWEST_HOUSEHOLD_EVENTS:
        raise NotEnoughDataError(
            f"There is too little to learn from: {total} events of what people liked or finished, "
            f"{FEWEST_HOUSEHOLD_EVENTS} are needed. The shipped weights go on ranking."
        )
    sequences = list(histories.values())
    data = TrainingData(
        vectors=vectors,
        present=present,
        sequences=[np.array([rows[step.item_id] for step in steps], dtype=np.int64) for steps in sequences],
        types=[np.array([EVENT_INDEX[step.name] for step in steps], dtype=np.int64) for steps in sequences],
        gaps=[bucket_gaps([-step.at.timestamp() for step in steps]) for steps in sequences],
        weights=list(weigh_events(sequences)),
        data_hash=_hash_steps(ids, histories, used),
    )
    return HouseholdData(data, {person: steps[-3].at for person, steps in histories.items()}, used)


def hold_back_positives(steps: Sequence[TrainingEvent]) -> list[TrainingEvent]:
    """The events with the last two positive ones at the end, as validation and test targets.

    Other events after the last positive but one are dropped: they would not be trained on in this run anyway.
    """
    positive = [index for index, step in enumerate(steps) if step.weight > 0]
    if len(positive) < MIN_POSITIVES:
        return list(steps)
    return [*steps[: positive[-2] + 1], steps[positive[-1]]]


def weigh_events(sequences: Sequence[Sequence[TrainingEvent]]) -> Iterator[NDArray[np.float32]]:
    """(T,) weights per person: positive events by progress and inverse propensity, with mean 1; others unchanged."""
    event_counts = Counter(step.item_id for steps in sequences for step in steps)
    impressions = dict(
        Impression.objects.filter(item_id__in=event_counts)
        .values_list("item_id")
        .annotate(times=Count("pk"))
        .order_by()
    )
    positives = [step for steps in sequences for step in steps if step.weight > 0]
    rarity = invert_propensities(
        np.array([event_counts[s.item_id] + impressions.get(s.item_id, 0) for s in positives], dtype=float)
    )
    weights = np.array([step.weight for step in positives]) * rarity
    scaled = iter(weights / weights.mean() if len(weights) else weights)
    for steps in sequences:
        yield np.array([next(scaled) if s.weight > 0 else s.weight for s in steps], dtype=np.float32)


def _weigh(what: str, value: float | None, progress: float | None) -> float:
    if what == InteractionType.RATED:
        if value is None or DISLIKED_RATING <= value < LIKED_RATING:
            return 0.0
        return 1.0 if value >= LIKED_RATING else weigh_event(what, value, progress)
    return 1.0 if what in POSITIVE else weigh_event(what, value, progress)


def _fit_completion() -> CompletionScale:
    plays = Interaction.objects.filter(
        withdrawn_at__isnull=True,
        what__in=(InteractionType.PLAYED, InteractionType.FINISHED, InteractionType.ABANDONED),
        progress__isnull=False,
        item__runtime_seconds__gt=0,
    ).values_list("item__runtime_seconds", "progress")
    pairs = [(float(seconds or 0), float(progress or 0)) for seconds, progress in plays.iterator(chunk_size=5000)]
    return CompletionScale([seconds for seconds, _ in pairs], [progress for _, progress in pairs])


def _load_items(
    people: Mapping[int, Sequence[TrainingEvent]], config: RankerConfig, encoders: Mapping[str, str]
) -> tuple[list[int], dict[str, NDArray[np.float32]], dict[str, NDArray[np.bool_]], dict[str, str]]:
    """Items with a text vector (others could not be distinguished), and their vectors of every modality."""
    in_histories = sorted({step.item_id for steps in people.values() for step in steps})
    others = (
        Item.objects.exclude(pk__in=in_histories)
        .order_by("-popularity", "pk")
        .values_list("pk", flat=True)[:MAX_NEGATIVES]
    )
    by_modality: dict[str, dict[int, Vector]] = {}
    used: dict[str, str] = {}
    candidates = [*in_histories, *others]
    for modality, dims in config.modality_dims.items():
        space = find_fitting_space(modality, dims, encoders.get(modality))
        by_modality[modality] = spaces.read_vectors(space, candidates) if space is not None else {}
        if space is not None and by_modality[modality]:
            used[modality] = str(space)
    ids = [item_id for item_id in candidates if item_id in by_modality["text"]]
    vectors = {name: np.zeros((len(ids), dims), dtype=np.float32) for name, dims in config.modality_dims.items()}
    present = {name: np.zeros(len(ids), dtype=bool) for name in config.modality_dims}
    for modality, by_item in by_modality.items():
        for row, item_id in enumerate(ids):
            if item_id in by_item:
                vectors[modality][row], present[modality][row] = by_item[item_id], True
    return ids, vectors, present, used


def _hash_steps(
    ids: Sequence[int], histories: Mapping[int, Sequence[TrainingEvent]], encoders: Mapping[str, str]
) -> str:
    """Hash of items, events and encoders: an interrupted run is resumed only with the same data."""
    digest = hashlib.sha256(f"{ids} {sorted(encoders.items())}".encode())
    for person, steps in sorted(histories.items()):
        events = [(step.item_id, step.name, round(step.weight, 4), step.at.isoformat()) for step in steps]
        digest.update(f"{person} {events}".encode())
    return f"household-{digest.hexdigest()[:40]}"
