"""Stored accuracy figures of the sequence model per person, prepared for display. Reads rows; computes no figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from mediarec.library.models import Interaction, InteractionType
from mediarec.library.models.interactions import LIKED_RATING, POSITIVE
from recommender.backends import ranker_weights
from recommender.finetuning.versions import baseline_version
from recommender.models import TrainedRanker

LAST_EVENTS = 20
MIN_TARGETS = 3  # with fewer held-out events the figures would be chance
FEWEST_HOUSEHOLD_EVENTS = 40  # with fewer events fine-tuning does not improve on the shipped weights
SHOWN_RUNS = 5
OLD_DAYS = 1  # older figures are measured again once there are new events
POPULARITY, SIMILARITY, LISTS = "popularity", "similarity", "lists"
POSITIVE_TYPES = Q(what__in=POSITIVE) | Q(what=InteractionType.RATED, value__gte=LIKED_RATING)


@dataclass(frozen=True)
class ModelScore:
    """Accuracy of one ranking method; `unseen_events` counts held-out events that the weights were not trained on."""

    label: str
    version: str
    hits: int
    hit_rate: float
    ndcg: float
    mrr: float
    unseen_events: int
    unseen_hits: int


@dataclass(frozen=True)
class AccuracyReport:
    """One person's figures over `events` held-out events, each ranked among about `among` candidates.

    `now` is None until the weights in use are measured.
    """

    at: datetime
    events: int
    among: int
    now: ModelScore | None
    before: ModelScore | None
    popularity: ModelScore
    similarity: ModelScore
    lists: ModelScore | None = None  # the whole ranking pipeline, of which the weights are one feature

    @property
    def shown_among(self) -> str:
        return f"{self.among:,}"

    @property
    def lines(self) -> list[ModelScore]:
        every = (self.lists, self.now, self.before, self.popularity, self.similarity)
        return [line for line in every if line is not None]


@dataclass(frozen=True)
class TrainingRun:
    """One fine-tuning run and its outcome."""

    version: str
    at: datetime
    state: str
    decision: str
    before: float | None
    after: float | None


def load_report(person_id: int) -> AccuracyReport | None:
    """None until something was measured for this person."""
    measured = find_measured_row()
    figures = measured["people"].get(str(person_id)) if measured else None
    if measured is None or not figures:
        return None
    current, compared = ranker_weights.find_current(), baseline_version()
    weights = figures["weights"]
    return AccuracyReport(
        at=datetime.fromisoformat(measured["at"]),
        events=figures["events"],
        among=figures["among"],
        lists=_read_line("Your lists, all together", "", figures.get(LISTS)),
        now=_read_line("The weights alone, now", current.version, weights.get(current.version)),
        before=_read_line(compared.label, compared.choice.version, weights.get(compared.choice.version))
        if compared is not None
        else None,
        popularity=_build_line("Going by popularity", "", figures[POPULARITY]),
        similarity=_build_line("Going by text similarity", "", figures[SIMILARITY]),
    )


def find_measured_row() -> dict[str, Any] | None:
    """The newest figures, from whichever run."""
    rows = TrainedRanker.objects.filter(metrics__has_key="measured").values_list("metrics__measured", flat=True)
    measurements: list[dict[str, Any]] = list(rows)
    return max(measurements, key=lambda measured: str(measured["at"]), default=None)


def is_measuring_due(person_id: int) -> bool:
    """True without figures of the weights in use, or with old figures and newer events."""
    measured = find_measured_row()
    if measured is None:
        return count_liked_items(person_id) > MIN_TARGETS
    current = ranker_weights.find_current().version
    if current and current not in measured["versions"]:
        return True
    at = datetime.fromisoformat(measured["at"])
    if str(person_id) in measured["people"] and at > timezone.now() - timedelta(days=OLD_DAYS):
        return False
    return Interaction.objects.filter(person_id=person_id, recorded_at__gt=at).exists()


def count_liked_items(person_id: int) -> int:
    """Number of distinct items with a positive event of this person."""
    positive = Interaction.objects.filter(POSITIVE_TYPES, person_id=person_id, withdrawn_at__isnull=True)
    return positive.values("item_id").distinct().count()


def count_liked_pairs() -> int:
    """Number of distinct (person, item) pairs with a positive event: roughly the size of the training data."""
    positive = Interaction.objects.filter(POSITIVE_TYPES, withdrawn_at__isnull=True)
    return positive.values("person_id", "item_id").distinct().count()


def list_runs() -> list[TrainingRun]:
    """The last fine-tuning runs, newest first."""
    rows = TrainedRanker.objects.exclude(state__in=(TrainedRanker.State.SHIPPED, TrainedRanker.State.TRAINING))
    return [
        TrainingRun(
            row.version,
            row.created_at,
            row.get_state_display(),
            row.metrics.get("decision", ""),
            row.metrics.get("ndcg@10 before"),
            row.metrics.get("ndcg@10 after"),
        )
        for row in rows.order_by("-created_at")[:SHOWN_RUNS]
    ]


def _read_line(label: str, version: str, figures: dict[str, Any] | None) -> ModelScore | None:
    return None if figures is None else _build_line(label, version, figures)


def _build_line(label: str, version: str, figures: dict[str, Any]) -> ModelScore:
    return ModelScore(
        label,
        version,
        figures["hits"],
        figures["hr@10"],
        figures["ndcg@10"],
        figures["mrr"],
        figures["unseen_events"],
        figures["unseen_hits"],
    )
