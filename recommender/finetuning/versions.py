"""The registry of weights: registering, going live, rejecting, rolling back. Trains nothing and knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from mediarec.library.errors import NotFoundError, UnavailableError
from recommender.backends import ranker_weights
from recommender.backends.ranker_weights import RankerChoice
from recommender.enrichment import item_embeddings
from recommender.models import EmbeddingSpace, TrainedRanker
from recommender.vectors import spaces

State = TrainedRanker.State
COMPARED_DAYS = 7  # "last week's weights"
SHIPPED_NAME = "the shipped weights"


@dataclass(frozen=True)
class Rollback:
    """`items_left` counts items without a vector of the restored weights, which the worker embeds next."""

    version: str
    sentence: str
    items_left: int


@dataclass(frozen=True)
class BaselineVersion:
    """Weights to compare the current ones with, and their label."""

    choice: RankerChoice
    label: str


@transaction.atomic
def register(version: str, folder: Path, data_hash: str, metrics: dict[str, object], is_live: bool) -> TrainedRanker:
    """Stores the row; if live, the weights that were live become former, to which `roll_back` can return."""
    now = timezone.now()
    replaced = ranker_weights.find_current().version
    if is_live:
        _retire_live(now)
    return TrainedRanker.objects.create(
        version=version,
        folder=str(folder),
        data_hash=data_hash,
        metrics=metrics,
        state=State.LIVE if is_live else State.REJECTED,
        replaced=replaced if is_live else "",
        went_live_at=now if is_live else None,
    )


def roll_back() -> Rollback:
    """Makes the previous weights live and the current ones former; a second call undoes the first.

    Raises NotFoundError without previous weights, UnavailableError if they cannot be read; both change nothing.
    """
    live, target = ranker_weights.find_live(), ranker_weights.find_previous()
    if target is None:
        if live is None and not TrainedRanker.objects.filter(state=State.FORMER).exists():
            raise NotFoundError("There is nothing to go back to: no other weights ever ranked here.")
        raise UnavailableError("The former weights cannot be read; nothing was changed.")
    ranker = ranker_weights.load_choice(target)
    if ranker is None:
        raise UnavailableError(f"{target.version} in {target.folder} cannot be read; nothing was changed.")
    current = ranker_weights.find_current()
    before, name = (live.version, live.version) if live is not None else (current.version, _name(current))
    with transaction.atomic():
        now = timezone.now()
        _retire_live(now)
        TrainedRanker.objects.filter(version=target.version, state=State.FORMER).update(
            state=State.LIVE, went_live_at=now, left_at=None, replaced=before
        )
        pending = _serve_again(ranker)
    sentence = f"{_name(target)} ranks again; {name} is kept, and rolling back once more brings it back."
    if pending:
        sentence += f" {pending} items are embedded for it first; until then the vectors there are serve."
    return Rollback(target.version, sentence, pending)


def baseline_version(now: datetime | None = None) -> BaselineVersion | None:
    """The weights live a week ago; if those are the same or none, the former ones. None without any."""
    current = ranker_weights.find_current()
    then = (now or timezone.now()) - timedelta(days=COMPARED_DAYS)
    live_then = TrainedRanker.objects.exclude(state__in=(State.LIVE, State.SHIPPED)).filter(
        went_live_at__lte=then, left_at__gt=then
    )
    row = live_then.order_by("-went_live_at").first()
    week_ago = ranker_weights.inspect_row(row) if row is not None else None
    if week_ago is not None:
        return BaselineVersion(week_ago, "Last week's weights")
    former = ranker_weights.find_previous()
    if former is None or former.version == current.version:
        return None
    return BaselineVersion(former, "The shipped weights, before" if former.is_fallback else "The former weights")


def store_metrics(measured: dict[str, Any]) -> TrainedRanker:
    """Stores the figures in the row of the weights in use, which is created for the shipped weights."""
    current = ranker_weights.find_current()
    row, _ = TrainedRanker.objects.get_or_create(
        version=current.version, defaults={"folder": str(current.folder or ""), "state": State.SHIPPED}
    )
    row.metrics = {**row.metrics, "measured": measured}
    row.save(update_fields=["metrics"])
    return row


def _retire_live(now: datetime) -> None:
    TrainedRanker.objects.filter(state=State.LIVE).update(state=State.FORMER, left_at=now)


def _serve_again(ranker: item_embeddings.ItemEncoder) -> int:
    """Serves the restored weights' stored vectors at once; returns how many items lack one."""
    space = EmbeddingSpace.objects.filter(encoder=ranker.name, version=ranker.version).first()
    if space is None:
        return item_embeddings.find_ready(item_embeddings.find_inputs(ranker)).count()
    pending = item_embeddings.find_pending(space, item_embeddings.find_inputs(ranker)).count()
    if space.embeddings.exists():
        spaces.serve_space(space)
    return pending


def _name(choice: RankerChoice) -> str:
    if not choice.version:
        return "Content similarity"
    return f"{choice.version} ({SHIPPED_NAME})" if choice.is_fallback else choice.version
