"""Which sequence model weights rank now: the household's own, else the shipped ones, else none. Knows no torch."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.models import F

from mediarec.library.errors import MediarecError
from recommender.models import Modality, TrainedRanker
from recommender.vectors.spaces import serving_space

if TYPE_CHECKING:
    from recommender.sequence.serving import SequenceRanker

logger = logging.getLogger(__name__)
NO_WEIGHTS = "No weights of a sequence model are here: items are ranked by content similarity and popularity."

CACHED_RANKERS = 2  # the one that serves and the one whose space is being filled
MAX_FORMER_RANKERS = 5  # looked through for the version that serves


@dataclass(frozen=True)
class RankerChoice:
    """Weights that may rank, and why. `folder` is None when there is nothing to load."""

    name: str
    version: str
    folder: Path | None
    is_fallback: bool
    reason: str
    dims: int | None = None


_lock = threading.Lock()
_rankers: dict[tuple[Path, str], SequenceRanker] = {}
_unreadable: set[tuple[Path, str]] = set()  # logged once, then skipped


def find_current() -> RankerChoice:
    """The weights that should rank now, from the row and the files; loads nothing."""
    preface = ""
    row = find_live()
    if row is not None:
        own_weights = _read_choice(Path(row.folder), "Trained on this household.", is_fallback=False)
        if own_weights is not None:
            return own_weights
        preface = f"The household's own weights in {row.folder} cannot be read. "
        former = find_previous()
        if former is not None and not former.is_fallback:
            return replace(former, reason=f"{preface}Using the former ones.")
    reason = f"{preface}Not yet trained on this household: using the weights shipped with the project."
    shipped = _read_choice(find_shipped(), reason, is_fallback=True)
    return shipped or RankerChoice("content similarity", "", None, True, preface + NO_WEIGHTS)


def find_live() -> TrainedRanker | None:
    """The row of the household's own weights that rank; None while the shipped ones do."""
    return TrainedRanker.objects.filter(state=TrainedRanker.State.LIVE).first()


def find_previous() -> RankerChoice | None:
    """The weights a rollback would restore: former ones of the household, or the shipped ones."""
    former = TrainedRanker.objects.filter(state=TrainedRanker.State.FORMER)
    live = find_live()
    if live is None:
        row = former.order_by(F("left_at").desc(nulls_last=True), "-created_at").first()
        return inspect_row(row) if row is not None else None
    shipped = inspect_shipped()
    if shipped is not None and live.replaced == shipped.version:
        return shipped
    row = former.filter(version=live.replaced).first() if live.replaced else former.order_by("-created_at").first()
    return (inspect_row(row) if row is not None else None) or shipped


def inspect_row(row: TrainedRanker) -> RankerChoice | None:
    """The choice that a row stands for; None where its files cannot be read."""
    if row.state == TrainedRanker.State.SHIPPED:  # its stored folder may be outdated
        return inspect_shipped()
    return _read_choice(Path(row.folder), "Trained on this household.", is_fallback=False)


def inspect_shipped() -> RankerChoice | None:
    """The shipped weights; None where they cannot be read."""
    return _read_choice(find_shipped(), "Shipped with the project.", is_fallback=True)


def load_choice(choice: RankerChoice) -> SequenceRanker | None:
    """The loaded ranker; None for unreadable weights, which are skipped from then on."""
    return _load(choice)


def load_current() -> SequenceRanker | None:
    """The ranker whose item vectors serve; newer weights take over once every item has its vector. None
    without weights.

    Unreadable weights are skipped, and the slot's status says so.
    """
    space = serving_space(Modality.TASTE)
    if space is not None:
        for choice in _list_choices():
            if (choice.name, choice.version) == (space.encoder, space.version):
                return _load(choice) or load_newest()
    return load_newest()


def load_newest() -> SequenceRanker | None:
    """The ranker that should rank; enrichment fills its space. None without weights."""
    while (choice := find_current()).folder is not None:
        ranker = _load(choice)
        if ranker is not None:
            return ranker
    return None


def _list_choices() -> Iterator[RankerChoice]:
    """All loadable weights, newest first."""
    yield find_current()
    for folder in TrainedRanker.objects.order_by("-created_at").values_list("folder", flat=True)[:MAX_FORMER_RANKERS]:
        former = _read_choice(Path(folder), "A former ranker.", is_fallback=False)
        if former is not None:
            yield former
    shipped = inspect_shipped()
    if shipped is not None:
        yield shipped


def _load(choice: RankerChoice) -> SequenceRanker | None:
    """Cached by folder and version; at most CACHED_RANKERS are held."""
    from recommender.sequence.serving import SequenceRanker

    if choice.folder is None:
        return None
    key = (choice.folder, choice.version)
    with _lock:
        if key not in _rankers:
            try:
                ranker = SequenceRanker.load(choice.folder)
            except MediarecError as error:
                logger.warning("%s", error)
                _unreadable.add(key)
                return None
            while len(_rankers) >= CACHED_RANKERS:
                _rankers.pop(next(iter(_rankers)))
            _rankers[key] = ranker
        return _rankers[key]


def find_shipped() -> Path:
    """The folder of the shipped weights."""
    from recommender.sequence.serving import SHIPPED_WEIGHTS

    return SHIPPED_WEIGHTS


def _read_choice(folder: Path, reason: str, *, is_fallback: bool) -> RankerChoice | None:
    """Reads `ranker.json` beside the weights; None where it is missing, invalid, or its weights failed to load."""
    try:
        metadata = json.loads((folder / "ranker.json").read_text(encoding="utf-8"))
        name, version, dims = str(metadata["name"]), str(metadata["version"]), int(metadata["config"]["dims"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if (folder, version) in _unreadable:
        return None
    return RankerChoice(name, version, folder, is_fallback, reason, dims)
