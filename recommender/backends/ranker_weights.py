"""Which sequence weights rank now: the household's own, else the shipped ones, else none. Knows no torch."""

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

KEPT = 2
CONSIDERED = 5


@dataclass(frozen=True)
class RankerChoice:
    """`folder` is None when there is nothing to load."""

    name: str
    version: str
    folder: Path | None
    is_fallback: bool
    reason: str
    dims: int | None = None


_lock = threading.Lock()
_kept: dict[tuple[Path, str], SequenceRanker] = {}
_broken: set[tuple[Path, str]] = set()  # said once, not at every request


def find_current() -> RankerChoice:
    """Looks at the row and the files; loads nothing."""
    note = ""
    row = find_live()
    if row is not None:
        own = _look_at(Path(row.folder), "Trained on this household.", is_fallback=False)
        if own is not None:
            return own
        note = f"The household's own weights in {row.folder} cannot be read. "
        former = find_previous()
        if former is not None and not former.is_fallback:
            return replace(former, reason=f"{note}Using the former ones.")
    reason = f"{note}Not yet trained on this household: using the weights shipped with the project."
    shipped = _look_at(find_shipped(), reason, is_fallback=True)
    return shipped or RankerChoice("content similarity", "", None, True, note + NO_WEIGHTS)


def find_live() -> TrainedRanker | None:
    """The household's own weights that rank; None while the shipped ones do."""
    return TrainedRanker.objects.filter(state=TrainedRanker.State.LIVE).first()


def find_previous() -> RankerChoice | None:
    """What ranked before and would again after rolling back: the household's own or the shipped ones."""
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
    if row.state == TrainedRanker.State.SHIPPED:  # wherever the project lies now
        return inspect_shipped()
    return _look_at(Path(row.folder), "Trained on this household.", is_fallback=False)


def inspect_shipped() -> RankerChoice | None:
    return _look_at(find_shipped(), "Shipped with the project.", is_fallback=True)


def load_choice(choice: RankerChoice) -> SequenceRanker | None:
    """None for weights that cannot be read; they are passed over from then on."""
    return _load(choice)


def load_current() -> SequenceRanker | None:
    """The ranker whose item vectors serve: a newer one takes over once every item has its vector. None without weights.

    Weights that cannot be read are passed over, and the slot says so.
    """
    space = serving_space(Modality.TASTE)
    if space is not None:
        for choice in _list_choices():
            if (choice.name, choice.version) == (space.encoder, space.version):
                return _load(choice) or load_newest()
    return load_newest()


def load_newest() -> SequenceRanker | None:
    """The one that is to rank: enrichment fills its space."""
    while (choice := find_current()).folder is not None:
        ranker = _load(choice)
        if ranker is not None:
            return ranker
    return None


def _list_choices() -> Iterator[RankerChoice]:
    """Everything that could be loaded, the newest first."""
    yield find_current()
    for folder in TrainedRanker.objects.order_by("-created_at").values_list("folder", flat=True)[:CONSIDERED]:
        former = _look_at(Path(folder), "A former ranker.", is_fallback=False)
        if former is not None:
            yield former
    shipped = inspect_shipped()
    if shipped is not None:
        yield shipped


def _load(choice: RankerChoice) -> SequenceRanker | None:
    """Kept by folder and version, at most two: the one that serves and the one that is being filled in."""
    from recommender.sequence.serving import SequenceRanker

    if choice.folder is None:
        return None
    key = (choice.folder, choice.version)
    with _lock:
        if key not in _kept:
            try:
                ranker = SequenceRanker.load(choice.folder)
            except MediarecError as error:
                logger.warning("%s", error)
                _broken.add(key)
                return None
            while len(_kept) >= KEPT:
                _kept.pop(next(iter(_kept)))
            _kept[key] = ranker
        return _kept[key]


def find_shipped() -> Path:
    from recommender.sequence.serving import SHIPPED_WEIGHTS

    return SHIPPED_WEIGHTS


def _look_at(folder: Path, reason: str, *, is_fallback: bool) -> RankerChoice | None:
    """Reads the weights' own note, `ranker.json`; None where there are none that can be used."""
    try:
        note = json.loads((folder / "ranker.json").read_text(encoding="utf-8"))
        name, version, dims = str(note["name"]), str(note["version"]), int(note["config"]["dims"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if (folder, version) in _broken:
        return None
    return RankerChoice(name, version, folder, is_fallback, reason, dims)
