"""Fine-tuning on what this household did, from the weights in use; new weights go live only when they hold up."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from mediarec.library.errors import NotUnderstoodError, UnavailableError
from mediarec.library.models import Interaction, Item, What
from mediarec.library.models.interactions import LIKED_RATING, POSITIVE
from recommender import rankers, spaces
from recommender.models import Modality, TrainedRanker
from recommender.sequence.config import RankerConfig
from recommender.sequence.dataset import TrainingData
from recommender.sequence.events import EVENT_INDEX, bucket_gaps
from recommender.sequence.export import FACTS_FILE, TORCH_FILE, export_network
from recommender.sequence.training import FEWEST_EVENTS, Progress, Trainer, TrainingPlan

FEWEST_HOUSEHOLD_EVENTS = 40  # below that the shipped weights know more than the household can teach
OTHER_ITEMS = 5000  # rivals beside the items met; more only slows the softmax down
WORST_RATIO = 0.97  # new weights may be at most three percent worse on held-out events


@dataclass(frozen=True)
class TuningOutcome:
    """What came of a run; `sentence` is for people."""

    version: str
    is_live: bool
    before: float
    after: float
    sentence: str


@dataclass(frozen=True)
class _History:
    item_ids: list[int]
    types: list[int]
    ages: list[float]


def fine_tune(
    minutes: float = 10.0,
    seed: int = 1,
    report: Callable[[Progress], None] = lambda progress: None,
    *,
    epochs: int = 20,
    resume: bool = False,
) -> TuningOutcome:
    """Trains, compares leave-last-out NDCG@10 before and after, exports and registers.

    `resume` goes on with a run that was cut short, if nothing has happened in the household since.
    Raises NotUnderstoodError when there is too little to learn from, UnavailableError without weights to start from.
    """
    start = rankers.find_current()
    if start.folder is None or not (start.folder / TORCH_FILE).is_file():
        raise UnavailableError("There are no weights to start from; the shipped ones are missing.")
    config = _read_config(start.folder)
    data = _build_data(_read_histories(), config)
    plan = TrainingPlan(epochs=epochs, minutes=minutes, rate=1e-4, seed=seed, patience=3, warmup_steps=5, batch=32)
    trainer = Trainer(config, plan, data, settings.MEDIAREC_HOME / "cache" / "household-run")
    known = _load_weights(trainer, start.folder)
    _, before = trainer.evaluate(held_back=1)
    if resume:
        trainer.resume()
    network = trainer.run(report)
    _, after = trainer.evaluate(held_back=1)
    version = f"household-{uuid.uuid4().hex[:8]}"
    folder = settings.MEDIAREC_HOME / "rankers" / version
    metrics = {"ndcg@10 before": round(before, 4), "ndcg@10 after": round(after, 4), "started_from": start.version}
    export_network(
        network,
        folder,
        {
            "name": "sequence-household",
            "version": version,
            "data_hash": data.data_hash,
            "seed": seed,
            "trained_modalities": sorted(known | set(data.trained_modalities)),
            "metrics": metrics,
        },
    )
    is_live = after > 0 and after >= WORST_RATIO * before
    register(version, folder, data.data_hash, metrics, is_live)
    trainer.forget()
    return TuningOutcome(version, is_live, before, after, _say(version, is_live, before, after))


@transaction.atomic
def register(version: str, folder: Path, data_hash: str, metrics: dict[str, object], is_live: bool) -> TrainedRanker:
    """Stores the row; going live makes the former weights former, where rolling back finds them."""
    if is_live:
        TrainedRanker.objects.filter(state=TrainedRanker.State.LIVE).update(state=TrainedRanker.State.FORMER)
    state = TrainedRanker.State.LIVE if is_live else TrainedRanker.State.REJECTED
    return TrainedRanker.objects.create(
        version=version, folder=str(folder), data_hash=data_hash, metrics=metrics, state=state
    )


def _say(version: str, is_live: bool, before: float, after: float) -> str:
    figures = f"NDCG@10 on held-out events {before:.3f} before, {after:.3f} after"
    if is_live:
        return f"{version} ranks from now on ({figures})."
    return f"{version} was not taken: {figures}, more than 3 percent worse. The former weights stay."


def _read_config(folder: Path) -> RankerConfig:
    stored = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))["config"]
    return RankerConfig.from_json(stored)


def _load_weights(trainer: Trainer, folder: Path) -> frozenset[str]:
    """Returns the modalities these weights were trained on; the others start from next to nothing."""
    from safetensors.torch import load_file

    known = frozenset(json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))["trained_modalities"])
    trainer.start_from(load_file(str(folder / TORCH_FILE)), known)
    return known


def _read_histories() -> list[_History]:
    """Positive events of everyone, oldest first: what people took to is what the next event is predicted from."""
    rows = (
        Interaction.objects.filter(withdrawn_at__isnull=True)
        .order_by("person_id", "occurred_at", "pk")
        .values_list("person_id", "item_id", "what", "value", "occurred_at")
    )
    histories: dict[int, _History] = {}
    for person_id, item_id, what, value, occurred_at in rows.iterator(chunk_size=5000):
        name = _name_positive(what, value)
        if name is None:
            continue
        history = histories.setdefault(person_id, _History([], [], []))
        if history.item_ids and history.item_ids[-1] == item_id:
            continue  # liking what was just finished is one event for the model
        history.item_ids.append(item_id)
        history.types.append(EVENT_INDEX[name])
        history.ages.append(-occurred_at.timestamp())
    return list(histories.values())


def _name_positive(what: str, value: float | None) -> str | None:
    if what == What.RATED:
        return "rated_high" if value is not None and value >= LIKED_RATING else None
    return what if what in POSITIVE else None


def _build_data(histories: Sequence[_History], config: RankerConfig) -> TrainingData:
    met = sorted({item_id for history in histories for item_id in history.item_ids})
    others = Item.objects.exclude(pk__in=met).order_by("-popularity", "pk").values_list("pk", flat=True)[:OTHER_ITEMS]
    embedded = spaces.load_vectors(Modality.TEXT, [*met, *others])
    fitting = {pk for pk, vector in embedded.items() if len(vector) == config.modality_dims["text"]}
    ids = [item_id for item_id in [*met, *others] if item_id in fitting]  # the rest would all look the same
    vectors, present = _load_modalities(ids, config)
    rows = {item_id: row for row, item_id in enumerate(ids)}
    kept = [_keep_readable(history, rows) for history in histories]
    long_enough = [history for history in kept if len(history.item_ids) >= FEWEST_EVENTS]
    total = sum(len(history.item_ids) for history in long_enough)
    if total < FEWEST_HOUSEHOLD_EVENTS:
        raise NotUnderstoodError(
            f"There is too little to learn from: {total} events of what people liked or finished, "
            f"{FEWEST_HOUSEHOLD_EVENTS} are needed. The shipped weights go on ranking."
        )
    return TrainingData(
        vectors=vectors,
        present=present,
        sequences=[np.array([rows[pk] for pk in history.item_ids], dtype=np.int64) for history in long_enough],
        types=[np.array(history.types, dtype=np.int64) for history in long_enough],
        gaps=[bucket_gaps(history.ages) for history in long_enough],
        data_hash=f"household-{len(ids)}-{total}-{max(-history.ages[-1] for history in long_enough):.0f}",
    )


def _keep_readable(history: _History, rows: dict[int, int]) -> _History:
    kept = [place for place, item_id in enumerate(history.item_ids) if item_id in rows]
    return replace(
        history,
        item_ids=[history.item_ids[place] for place in kept],
        types=[history.types[place] for place in kept],
        ages=[history.ages[place] for place in kept],
    )


def _load_modalities(
    ids: Sequence[int], config: RankerConfig
) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.bool_]]]:
    vectors: dict[str, NDArray[np.float32]] = {}
    present: dict[str, NDArray[np.bool_]] = {}
    for modality, dims in config.modality_dims.items():
        vectors[modality] = np.zeros((len(ids), dims), dtype=np.float32)
        present[modality] = np.zeros(len(ids), dtype=bool)
        known = spaces.load_vectors(modality, ids)
        for row, item_id in enumerate(ids):
            vector = known.get(item_id)
            if vector is not None and len(vector) == dims:
                vectors[modality][row], present[modality][row] = vector, True
    return vectors, present
