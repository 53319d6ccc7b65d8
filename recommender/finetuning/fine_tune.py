"""Fine-tuning of the weights in use on this household's events; new weights go live only if they pass the gate."""

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

WORST_RATIO = 0.97  # the gate: new weights may be at most three percent worse on held-out events


class TrainingInProgressError(UnavailableError):
    """Another process is fine-tuning already."""


@dataclass(frozen=True)
class TuningOutcome:
    """Outcome of a run, with NDCG@10 before and after; `sentence` describes it to people."""

    version: str
    is_live: bool
    before: float
    after: float
    sentence: str


@dataclass(frozen=True)
class HoldoutMetrics:
    """Mean NDCG@10 and reciprocal rank of each person's last positive event, which is never trained on."""

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
    """Trains, compares leave-last-out accuracy before and after, exports, measures and registers.

    `resume` continues an interrupted run if there are no new events since. Raises NotEnoughDataError, UnavailableError
    without weights to start from, TrainingInProgressError while another run is active, DivergedError. In all these
    cases the weights in use stay.
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
    household = build_data(load_training_events(), config, facts.get("encoders", {}))
    trainer = Trainer(config, plan, household.data, settings.MEDIAREC_HOME / "cache" / "household-run")
    modalities = _load_weights(trainer, start)
    before = _evaluate(trainer)
    if resume:
        _resume(trainer)
    _run(trainer, report)
    after = _evaluate(trainer)
    version = f"household-{uuid.uuid4().hex[:8]}"
    folder = settings.MEDIAREC_HOME / "rankers" / version
    is_live = passes_gate(before, after)
    sentence = _describe_outcome(version, is_live, before, after)
    metrics: dict[str, object] = {
        "ndcg@10 before": round(before.ndcg, 4),
        "ndcg@10 after": round(after.ndcg, 4),
        "mrr before": round(before.mrr, 4),
        "mrr after": round(after.mrr, 4),
        "people": after.people,
        "started_from": start_version,
        "learned_until": {str(person): at.isoformat() for person, at in household.trained_until.items()},
        "decision": sentence,
    }
    trained = {"version": version, "data_hash": household.data.data_hash, "seed": plan.seed}
    export_network(trainer.network, folder, {**trained, **_describe(facts, modalities, household), "metrics": metrics})
    metrics["measured"] = _measure_with(SequenceRanker.load(folder), household)
    register(version, folder, household.data.data_hash, metrics, is_live)
    trainer.delete_checkpoint()
    return TuningOutcome(version, is_live, before.ndcg, after.ndcg, sentence)


def passes_gate(before: HoldoutMetrics, after: HoldoutMetrics) -> bool:
    """True if NDCG@10 is at most three percent worse; if both are zero, the mean reciprocal rank decides."""
    if not np.isfinite([after.ndcg, after.mrr]).all():
        return False
    if before.ndcg == 0 and after.ndcg == 0:
        return after.mrr >= WORST_RATIO * before.mrr
    return after.ndcg > 0 and after.ndcg >= WORST_RATIO * before.ndcg


def _evaluate(trainer: Trainer) -> HoldoutMetrics:
    """Ranks each person's last event, which is a positive one: `build_data` puts it at the end."""
    ranks = trainer.rank_targets(1, trainer.people)
    return HoldoutMetrics(float(ndcg(ranks).mean()), float(reciprocal_rank(ranks).mean()), len(ranks))


def _describe_outcome(version: str, is_live: bool, before: HoldoutMetrics, after: HoldoutMetrics) -> str:
    figures = f"NDCG@10 on held-out events {before.ndcg:.3f} before, {after.ndcg:.3f} after"
    if before.ndcg == 0 and after.ndcg == 0:
        figures += f"; mean reciprocal rank {before.mrr:.4f} before, {after.mrr:.4f} after"
    if is_live:
        return f"{version} ranks from now on ({figures})."
    return f"{version} was not taken: {figures}, more than 3 percent worse. The former weights stay."


def _measure_with(new: SequenceRanker, household: HouseholdData) -> dict[str, object]:
    """Measures the exported weights, the current ones, and those that were live a week ago if others."""
    trained_until = {str(person): at.isoformat() for person, at in household.trained_until.items()}
    compared, choices = [(new, trained_until)], {}
    for choice in (ranker_weights.find_current(), *([other.choice] if (other := baseline_version()) else [])):
        choices[choice.version] = choice
    for choice in choices.values():
        ranker = ranker_weights.load_choice(choice)
        if ranker is not None:
            compared.append((ranker, holdout.find_trained_until(ranker.version)))
    return holdout.evaluate_rankers(compared)


def _describe(start: Mapping[str, Any], modalities: frozenset[str], household: HouseholdData) -> dict[str, object]:
    return {
        "name": "sequence-household",
        "trained_modalities": sorted(modalities | set(household.data.trained_modalities)),
        "trained_events": list(EVENT_TYPES),
        "encoders": {**household.encoders, **start.get("encoders", {})},
        **({"licence": start["licence"]} if "licence" in start else {}),
    }


def _read_facts(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
    return facts


def _load_weights(trainer: Trainer, folder: Path) -> frozenset[str]:
    """Loads weights into the trainer; returns the modalities they were trained on. Raises UnavailableError."""
    from safetensors.torch import load_file

    modalities = frozenset(_read_facts(folder)["trained_modalities"])
    path = folder / TORCH_FILE
    try:
        weights = load_file(str(path))
    except Exception as error:  # safetensors raises many exception types for a damaged file
        raise UnavailableError(f"{path} cannot be read, so there is nothing to start from.") from error
    try:
        trainer.load_pretrained(weights, modalities)
    except RuntimeError as error:  # raised by torch for missing names or other shapes
        raise UnavailableError(
            f"{path} comes from a version whose network has another structure: it still ranks, but there is nothing to "
            "start from until weights of this version are there (manage.py train --dataset ml1m makes them)."
        ) from error
    return modalities


def _resume(trainer: Trainer) -> None:
    """Resumes from the checkpoint; one of other data, or a damaged one, is dropped and the run begins anew."""
    try:
        trainer.resume()
    except NotUnderstoodError:
        trainer.delete_checkpoint()


def _run(trainer: Trainer, report: Callable[[Progress], None]) -> None:
    """Trains; a diverged run leaves no checkpoint, or the next run would continue from it."""
    try:
        trainer.run(report)
        _check_numbers(trainer)
    except DivergedError:
        trainer.delete_checkpoint()
        raise


def _check_numbers(trainer: Trainer) -> None:
    for name, value in trainer.network.state_dict().items():
        if not bool(value.isfinite().all()):
            raise DivergedError(
                f"Training diverged: {name} has values that are not finite numbers. Nothing was changed."
            )


def _remove_leftovers() -> None:
    """Deletes folders of runs that were killed during the export or before their row was written."""
    folder = settings.MEDIAREC_HOME / "rankers"
    if not folder.is_dir():
        return
    registered = {Path(row).name for row in TrainedRanker.objects.values_list("folder", flat=True)}
    for leftover in folder.iterdir():
        if leftover.name.startswith(".export-") or (
            leftover.name.startswith("household-") and leftover.name not in registered
        ):
            shutil.rmtree(leftover, ignore_errors=True)
