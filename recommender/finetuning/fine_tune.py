"""Fine-tuning on what this household did, from the weights in use; new weights go live only when they hold up."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from mediarec.library.advisory_locks import FINE_TUNING, try_advisory_lock
from mediarec.library.errors import NotUnderstoodError, UnavailableError
from recommender.backends import ranker_weights
from recommender.finetuning import holdout
from recommender.finetuning.training_data import HouseholdData, build_data, load_training_events
from recommender.finetuning.versions import baseline_version, register
from recommender.metrics import ndcg, reciprocal_rank
from recommender.models import TrainedRanker
from recommender.sequence.config import RankerConfig
from recommender.sequence.events import EVENT_TYPES
from recommender.sequence.serving import SequenceRanker
from recommender.training.onnx_export import FACTS_FILE, TORCH_FILE, export_network
from recommender.training.trainer import DivergedError, Progress, Trainer, TrainingConfig

WORST_RATIO = 0.97  # new weights may be at most three percent worse on held-out events


class TrainingInProgressError(UnavailableError):
    """Another process is at it."""


@dataclass(frozen=True)
class TuningOutcome:
    """What came of a run; `sentence` is for people."""

    version: str
    is_live: bool
    before: float
    after: float
    sentence: str


@dataclass(frozen=True)
class HoldoutMetrics:
    """NDCG@10 and mean reciprocal rank of each person's last positive event, which no run learns from."""

    ndcg: float
    mrr: float
    people: int


def fine_tune(
    minutes: float = 10.0,
    seed: int = 1,
    report: Callable[[Progress], None] = lambda progress: None,
    *,
    epochs: int = 20,
    resume: bool = False,
) -> TuningOutcome:
    """Trains, compares leave-last-out before and after, exports, measures and registers.

    `resume` goes on with a run that was cut short, if nothing has happened in the household since. Raises
    TooLittleError, UnavailableError without weights to start from, AlreadyLearningError when another run is going on;
    whatever is raised, the weights in use stay.
    """
    with try_advisory_lock(FINE_TUNING) as is_ours:
        if not is_ours:
            raise TrainingInProgressError("Learning is already going on; a second run would only slow it down.")
        start = ranker_weights.find_current()
        if start.folder is None or not (start.folder / TORCH_FILE).is_file():
            raise UnavailableError("There are no weights to start from; the shipped ones are missing.")
        _remove_leftovers()
        plan = TrainingConfig(
            epochs=epochs, minutes=minutes, rate=1e-4, seed=seed, patience=3, warmup_steps=5, batch=32
        )
        return _tune(start.folder, start.version, plan, report, resume=resume)


def _tune(
    start: Path, start_version: str, plan: TrainingConfig, report: Callable[[Progress], None], *, resume: bool
) -> TuningOutcome:
    facts = _read_facts(start)
    config = RankerConfig.from_json(facts["config"])
    found = build_data(load_training_events(), config, facts.get("encoders", {}))
    trainer = Trainer(config, plan, found.data, settings.MEDIAREC_HOME / "cache" / "household-run")
    known = _load_weights(trainer, start)
    before = _judge(trainer)
    if resume:
        _resume(trainer)
    _run(trainer, report)
    after = _judge(trainer)
    version = f"household-{uuid.uuid4().hex[:8]}"
    folder = settings.MEDIAREC_HOME / "rankers" / version
    is_live = passes_gate(before, after)
    sentence = _say(version, is_live, before, after)
    metrics: dict[str, object] = {
        "ndcg@10 before": round(before.ndcg, 4),
        "ndcg@10 after": round(after.ndcg, 4),
        "mrr before": round(before.mrr, 4),
        "mrr after": round(after.mrr, 4),
        "people": after.people,
        "started_from": start_version,
        "learned_until": {str(person): at.isoformat() for person, at in found.trained_until.items()},
        "decision": sentence,
    }
    trained = {"version": version, "data_hash": found.data.data_hash, "seed": plan.seed}
    export_network(trainer.network, folder, {**trained, **_describe(facts, known, found), "metrics": metrics})
    metrics["measured"] = _measure_with(SequenceRanker.load(folder), found)
    register(version, folder, found.data.data_hash, metrics, is_live)
    trainer.forget()
    return TuningOutcome(version, is_live, before.ndcg, after.ndcg, sentence)


def passes_gate(before: HoldoutMetrics, after: HoldoutMetrics) -> bool:
    """At most three percent worse; where neither finds anything in the first ten, by the place further down."""
    if not np.isfinite([after.ndcg, after.mrr]).all():
        return False
    if before.ndcg == 0 and after.ndcg == 0:
        return after.mrr >= WORST_RATIO * before.mrr
    return after.ndcg > 0 and after.ndcg >= WORST_RATIO * before.ndcg


def _judge(trainer: Trainer) -> HoldoutMetrics:
    """Positive events alone are asked for: `build_data` puts each person's last one at the end."""
    ranks = trainer.rank_targets(1, trainer.people)
    return HoldoutMetrics(float(ndcg(ranks).mean()), float(reciprocal_rank(ranks).mean()), len(ranks))


def _say(version: str, is_live: bool, before: HoldoutMetrics, after: HoldoutMetrics) -> str:
    figures = f"NDCG@10 on held-out events {before.ndcg:.3f} before, {after.ndcg:.3f} after"
    if before.ndcg == 0 and after.ndcg == 0:
        figures += f"; mean reciprocal rank {before.mrr:.4f} before, {after.mrr:.4f} after"
    if is_live:
        return f"{version} ranks from now on ({figures})."
    return f"{version} was not taken: {figures}, more than 3 percent worse. The former weights stay."


def _measure_with(new: SequenceRanker, found: HouseholdData) -> dict[str, object]:
    """The new weights beside those before and, where others were live a week ago, those. Reads what was exported."""
    learned = {str(person): at.isoformat() for person, at in found.trained_until.items()}
    compared, choices = [(new, learned)], {}
    for choice in (ranker_weights.find_current(), *([other.choice] if (other := baseline_version()) else [])):
        choices[choice.version] = choice
    for choice in choices.values():
        ranker = ranker_weights.load_choice(choice)
        if ranker is not None:
            compared.append((ranker, holdout.find_trained_until(ranker.version)))
    return holdout.measure(compared)


def _describe(start: Mapping[str, Any], known: frozenset[str], found: HouseholdData) -> dict[str, object]:
    return {
        "name": "sequence-household",
        "trained_modalities": sorted(known | set(found.data.trained_modalities)),
        "trained_events": list(EVENT_TYPES),
        "encoders": {**found.encoders, **start.get("encoders", {})},
        **({"licence": start["licence"]} if "licence" in start else {}),
    }


def _read_facts(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
    return facts


def _load_weights(trainer: Trainer, folder: Path) -> frozenset[str]:
    """Returns the modalities these weights were trained on; the others start from next to nothing."""
    from safetensors.torch import load_file

    known = frozenset(_read_facts(folder)["trained_modalities"])
    path = folder / TORCH_FILE
    try:
        weights = load_file(str(path))
    except Exception as error:  # safetensors raises many kinds of its own for one broken file
        raise UnavailableError(f"{path} cannot be read, so there is nothing to start from.") from error
    try:
        trainer.start_from(weights, known)
    except RuntimeError as error:  # torch's word for other names or shapes
        raise UnavailableError(
            f"{path} comes from a version whose network was built otherwise: it still ranks, but there is nothing to "
            "start from until weights of this version are there (manage.py train --dataset ml1m makes them)."
        ) from error
    return known


def _resume(trainer: Trainer) -> None:
    """A checkpoint of other data, or one that is broken, is no reason not to learn: the run begins again."""
    try:
        trainer.resume()
    except NotUnderstoodError:
        trainer.forget()


def _run(trainer: Trainer, report: Callable[[Progress], None]) -> None:
    """A run that came apart leaves no checkpoint, or the next one would come apart from there."""
    try:
        trainer.run(report)
        _check_numbers(trainer)
    except DivergedError:
        trainer.forget()
        raise


def _check_numbers(trainer: Trainer) -> None:
    for name, value in trainer.network.state_dict().items():
        if not bool(value.isfinite().all()):
            raise DivergedError(f"Training came apart: {name} holds something that is no number. Nothing was changed.")


def _remove_leftovers() -> None:
    """Folders of runs that were killed while exporting, or before their row was written."""
    folder = settings.MEDIAREC_HOME / "rankers"
    if not folder.is_dir():
        return
    known = {Path(row).name for row in TrainedRanker.objects.values_list("folder", flat=True)}
    for found in folder.iterdir():
        if found.name.startswith(".export-") or (found.name.startswith("household-") and found.name not in known):
            shutil.rmtree(found, ignore_errors=True)
