"""Runs a catalogue import: staging, then merging in one transaction per chunk. A killed run resumes."""

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
MOST_LISTED = 1000  # skipped rows stored with the run; `on_left_out` gets all of them
OnProgress = Callable[[str, int, int], None]
OnSkipped = Callable[[SkippedRow], None]


@dataclass
class CatalogueSummary:
    """The result of a run, for people and for `manage.py import_catalog --json`."""

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
    on_left_out: OnSkipped | None = None,
) -> CatalogueSummary:
    """Imports a catalogue. A run of the same files and filters that was killed while merging is resumed. Raises
    MediarecError where the files are not of this catalogue; then nothing is left behind."""
    reader = find_reader(name)
    fingerprint = _fingerprint(name, paths, filters)
    with try_advisory_lock(CATALOGUE_IMPORT) as is_locked:
        if not is_locked:
            raise UnavailableError("Another catalogue is being imported at this moment; wait until it has finished.")
        run, resumed = _find_run(reader, paths, fingerprint)
        stage = Stage(run.pk)
        if run.state == CatalogueState.STAGING:
            _stage(run, stage, reader.read(paths, filters), _Callbacks(on_progress, on_left_out))
        _merge(run, stage, on_progress)
        stage.drop()
    return CatalogueSummary(name, run.pk, run.staged, resumed, run.counts, run.rejected)


@dataclass(frozen=True)
class _Callbacks:
    on_progress: OnProgress | None
    on_left_out: OnSkipped | None


def _fingerprint(name: str, paths: Sequence[Path], filters: CatalogueFilters) -> str:
    files = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in list_files(tuple(paths))]
    return hashlib.sha256(repr((name, files, sorted(asdict(filters).items()))).encode()).hexdigest()


def _find_run(reader: CatalogueReader, paths: Sequence[Path], fingerprint: str) -> tuple[CatalogueRun, bool]:
    """The interrupted run of the same files whose staged rows are still complete, else a new one; True where resumed.
    Deletes what other interrupted runs left behind."""
    resumable: CatalogueRun | None = None
    for run in CatalogueRun.objects.exclude(state=CatalogueState.DONE):
        is_whole = run.state == CatalogueState.MERGING and Stage(run.pk).count() == run.staged
        if resumable is None and run.fingerprint == fingerprint and is_whole:
            resumable = run
        else:
            Stage(run.pk).drop()
            run.delete()
    if resumable:
        return resumable, True
    label = ", ".join(path.name or str(path) for path in paths)
    return CatalogueRun.objects.create(catalogue=reader.name, label=label, fingerprint=fingerprint), False


def _stage(run: CatalogueRun, stage: Stage, rows: Iterator[CatalogueRow], callbacks: _Callbacks) -> None:
    stage.create()
    stager = Stager(stage)
    skipped_count = 0
    try:
        for skipped in stager.stage(rows):
            skipped_count += len(skipped)
            run.rejected += [{"row": row.location, "reason": row.reason} for row in skipped][
                : MOST_LISTED - len(run.rejected)
            ]
            for row in skipped if callbacks.on_left_out else ():
                callbacks.on_left_out(row)  # type: ignore[misc]
            if callbacks.on_progress:
                callbacks.on_progress("read", stager.staged, 0)
        prepare_merge(stage)
    except BaseException:
        stage.drop()
        run.delete()
        raise
    run.staged, run.counts, run.state = stager.staged, {"rejected": skipped_count}, CatalogueState.MERGING
    run.save()


def _merge(run: CatalogueRun, stage: Stage, on_progress: OnProgress | None) -> None:
    while run.merged < run.staged:
        last = min(run.staged, run.merged + CHUNK)
        with transaction.atomic():
            counts = merge_chunk(stage, run.catalogue, run.merged, last)
            run.counts = {name: run.counts.get(name, 0) + counts.get(name, 0) for name in {**run.counts, **counts}}
            run.merged = last
            run.save(update_fields=["counts", "merged"])
        if on_progress:
            on_progress("added", last, run.staged)
    run.state, run.finished_at = CatalogueState.DONE, timezone.now()
    run.save(update_fields=["state", "finished_at"])
