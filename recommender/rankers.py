"""Which sequence weights rank now: the household's own, else the shipped ones, else none. Knows no torch."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediarec.library.errors import MediarecError
from recommender.models import TrainedRanker

if TYPE_CHECKING:
    from recommender.sequence.serving import SequenceRanker

logger = logging.getLogger(__name__)
NO_WEIGHTS = "No weights of a sequence model are here: items are ranked by content similarity and popularity."


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
_kept: tuple[Path, str, SequenceRanker] | None = None
_broken: set[tuple[Path, str]] = set()  # said once, not at every request


def find_current() -> RankerChoice:
    """Looks at the row and the files; loads nothing."""
    from recommender.sequence.serving import SHIPPED_WEIGHTS

    note = ""
    row = TrainedRanker.objects.filter(state=TrainedRanker.State.LIVE).first()
    if row is not None:
        own = _look_at(Path(row.folder), "Trained on this household.", is_fallback=False)
        if own is not None:
            return own
        note = f"The household's own weights in {row.folder} cannot be read. "
    reason = f"{note}Not yet trained on this household: using the weights shipped with the project."
    shipped = _look_at(SHIPPED_WEIGHTS, reason, is_fallback=True)
    return shipped or RankerChoice("content similarity", "", None, True, note + NO_WEIGHTS)


def load_current() -> SequenceRanker | None:
    """Kept until another version is live. Weights that cannot be read are passed over, and the slot says so."""
    global _kept
    from recommender.sequence.serving import SequenceRanker

    while (choice := find_current()).folder is not None:
        kept = _kept
        if kept is not None and kept[:2] == (choice.folder, choice.version):
            return kept[2]
        with _lock:
            try:
                ranker = SequenceRanker.load(choice.folder)
            except MediarecError as error:
                logger.warning("%s", error)
                _broken.add((choice.folder, choice.version))
                continue
            _kept = (choice.folder, choice.version, ranker)
            return ranker
    return None


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
