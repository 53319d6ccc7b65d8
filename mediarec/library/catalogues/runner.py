"""A run from files to library: staged, then merged a chunk and a transaction at a time; killed, it goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from mediarec.library.advisory_locks import CATALOGUE_IMPORT, try_advisory_lock
from mediarec.library.catalogues.base import CatalogueFilters, CatalogueReader, CatalogueRow, SkippedRow
from mediarec.library.catalogues.decompression import list_files
from mediarec.library.catalogues.merge import CHUNK, merge_chunk, prepare_merge
from mediarec.library.catalogues.registry import find_reader
from mediarec.library.catalogues.staging import Stage, Stager
from mediarec.library.errors import UnavailableError
from mediarec.library.models import CatalogueRun, CatalogueState

EVERYTHING = CatalogueFilters()
MOST_LISTED = 1000  # rows left out that the run itself keeps; `on_left_out` is told of all
OnProgress = Callable[[str, int, int], None]
OnLeftOut = Callable[[SkippedRow], None]


@dataclass
class CatalogueSummary:
    """What a run did, for people and for `manage.py import_catalog --json`."""

    catalogue: str
    run: int
    rows: int
    resumed: bool
    counts: dict[str, int] = field(default_factory=dict)
    rejected: list[dict[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            **{"catalogue": self.catalogue, "run": self.run, "resumed": self.resumed, "rows": self.rows},
            **{name: self.counts.get(name, 0) for name in ("added", "updated", "unchanged", "owned", "other_kind")},
            "rejected_count": self.counts.get("rejected", 0),
            "rejected": self.rejected,
        }


def import_catalogue(
    name: str,
    paths: Sequence[Path],
    filters: CatalogueFilters = EVERYTHING,
    on_progress: OnProgress | None = None,
    on_left_out: OnLeftOut | None = None,
) -> CatalogueSummary:
    """Reads the catalogue and brings it in. Raises MediarecError where the files are none of it; then nothing is left
    behind. Where the same files with the same filters were begun and not ended, it goes on."""
    reader = find_reader(name)
    fingerprint = _take_fingerprint(name, paths, filters)
    with try_advisory_lock(CATALOGUE_IMPORT) as is_ours:
        if not is_ours:
            raise UnavailableError("Another catalogue is being brought in at this moment; wait until it has ended.")
        run, resumed = _find_run(reader, paths, fingerprint)
        stage = Stage(run.pk)
        if run.state == CatalogueState.STAGING:
            _stage(run, stage, reader.read(paths, filters), _Telling(on_progress, on_left_out))
        _merge(run, stage, on_progress)
        stage.drop()
    return CatalogueSummary(name, run.pk, run.staged, resumed, run.counts, run.rejected)


@dataclass(frozen=True)
class _Telling:
    on_progress: OnProgress | None
    on_left_out: OnLeftOut | None


def _take_fingerprint(name: str, paths: Sequence[Path], filters: CatalogueFilters) -> str:
    about = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in list_files(tuple(paths))]
    return hashlib.sha256(repr((name, about, sorted(asdict(filters).items()))).encode()).hexdigest()


def _find_run(reader: CatalogueReader, paths: Sequence[Path], fingerprint: str) -> tuple[CatalogueRun, bool]:
    """The run of the same files that was killed while it merged and whose staged rows are still there; else a new one.
    What other runs that were killed have left in the database goes."""
    found: CatalogueRun | None = None
    for run in CatalogueRun.objects.exclude(state=CatalogueState.DONE):
        is_whole = run.state == CatalogueState.MERGING and Stage(run.pk).count() == run.staged
        if found is None and run.fingerprint == fingerprint and is_whole:
            found = run
        else:
            Stage(run.pk).drop()
            run.delete()
    if found:
        return found, True
    label = ", ".join(path.name or str(path) for path in paths)
    return CatalogueRun.objects.create(catalogue=reader.name, label=label, fingerprint=fingerprint), False


def _stage(run: CatalogueRun, stage: Stage, rows: Iterator[CatalogueRow], telling: _Telling) -> None:
    stage.create()
    stager = Stager(stage)
    left_out = 0
    try:
        for refused in stager.stage(rows):
            left_out += len(refused)
            run.rejected += [{"row": row.place, "reason": row.reason} for row in refused][
                : MOST_LISTED - len(run.rejected)
            ]
            for row in refused if telling.on_left_out else ():
                telling.on_left_out(row)  # type: ignore[misc]
            if telling.on_progress:
                telling.on_progress("read", stager.staged, 0)
        prepare_merge(stage)
    except BaseException:
        stage.drop()
        run.delete()
        raise
    run.staged, run.counts, run.state = stager.staged, {"rejected": left_out}, CatalogueState.MERGING
    run.save()


def _merge(run: CatalogueRun, stage: Stage, on_progress: OnProgress | None) -> None:
    while run.merged < run.staged:
        last = min(run.staged, run.merged + CHUNK)
        with transaction.atomic():
            counted = merge_chunk(stage, run.catalogue, run.merged, last)
            run.counts = {name: run.counts.get(name, 0) + counted.get(name, 0) for name in {**run.counts, **counted}}
            run.merged = last
            run.save(update_fields=["counts", "merged"])
        if on_progress:
            on_progress("added", last, run.staged)
    run.state, run.finished_at = CatalogueState.DONE, timezone.now()
    run.save(update_fields=["state", "finished_at"])
