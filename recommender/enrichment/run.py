"""One run over everything that lacks something, in the order that makes an item recommendable first.

Descriptions from facts, text and taste vectors, pictures, sound, and the language model's sentences last. Safe to kill
at any point: what is done is in the database, and a batch is at most 32 items.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from mediarec.library.errors import NotLoadedError, UnavailableError
from recommender.backends import ranker_weights, registry
from recommender.encoders.protocol import Encoder
from recommender.enrichment import (
    descriptions,
    embedding,
    extraction,
    item_embeddings,
    load_failures,
    query_preparation,
)
from recommender.enrichment.extractors import Extractor
from recommender.enrichment.media_extractors import READERS
from recommender.enrichment.progress import LABELS, USUAL_SECONDS, Pace, count_lacking, say_duration
from recommender.enrichment.sources import SOURCES, Source
from recommender.enrichment.throughput import load_throughputs, record_throughput
from recommender.llm.protocol import TextGenerator

logger = logging.getLogger(__name__)
STAGES = ("descriptions", "text", "taste", "image", "audio", "words", "sound", "posters", "moving")
SENTENCES_PER_RUN = 200  # about ten minutes of a small model; the next run goes on


class OnProgress(Protocol):
    def __call__(self, done: int, total: int, message: str, /) -> None: ...


@dataclass(frozen=True)
class Models:
    """Where a run gets its models; tests hand in fakes."""

    encoder: Callable[[str], Encoder | None] = registry.load_encoder
    ranker: Callable[[], item_embeddings.ItemEncoder | None] = ranker_weights.load_newest
    writer: Callable[[], TextGenerator | None] = registry.load_generator
    readers: Sequence[Extractor] = READERS
    make_ready: Callable[[Encoder], None] = query_preparation.prepare_for_queries


@dataclass(frozen=True)
class Plan:
    """Which stages run, and at most how many items each of them takes."""

    only: frozenset[str] = frozenset(STAGES)
    limit: int | None = None


@dataclass
class _Run:
    should_stop: Callable[[], bool]
    on_progress: OnProgress
    plan: Plan
    models: Models
    total: int = 0
    done: int = 0
    media_read: int = 0
    is_stopped: bool = False
    problems: list[str] = field(default_factory=list)


def run_pending(
    should_stop: Callable[[], bool],
    on_progress: OnProgress,
    plan: Plan | None = None,
    models: Models | None = None,
) -> int:
    """Describes and embeds what lacks it, until done or told to stop; returns how many pieces were made.

    What cannot be loaded is noted in `load_failures` and passed over. Raises UnavailableError at the end, when all else
    is done, for a model that was loaded and could not run.
    """
    run = _Run(should_stop, on_progress, plan or Plan(), models or Models())
    run.total = sum(stage.left for stage in count_lacking().stages)
    for stage in _list_stages(run):
        if run.is_stopped:
            break
        try:
            stage()
        except NotLoadedError as error:
            logger.warning("%s", error)
            load_failures.note_load_failure(error)
        except UnavailableError as error:
            logger.warning("%s", error)
            run.problems.append(str(error))
    if run.problems:
        raise UnavailableError(" ".join(dict.fromkeys(run.problems)))
    return run.done


def find_changes(models: Models | None = None) -> None:
    """Marks what was edited, moved or retrained since it was read, so that `count_lacking` sees it. Embeds nothing."""
    models = models or Models()
    for _ in descriptions.refresh_all():
        pass
    for source in SOURCES:
        encoder = models.encoder(source.modality)
        if encoder is not None:
            embedding.find_changes(source, encoder)
    ranker = models.ranker()
    if ranker is not None:
        item_embeddings.mark_stale(item_embeddings.open_taste_space(ranker), item_embeddings.find_inputs(ranker))
    for reader in models.readers:
        extraction.forget_changed(reader)


def try_unloaded(models: Models | None = None) -> list[str]:
    """Loads what could not be loaded before; returns what can be now, and what was done without it is to be done."""
    models = models or Models()
    loaders: dict[str, Callable[[], None]] = {}
    for reader in models.readers:
        loaders |= {reader.name: reader.load, **reader.parts}
    for source in SOURCES:
        encoder = models.encoder(source.modality)
        if encoder is not None:
            loaders[encoder.name] = encoder.load
    return load_failures.try_again(loaders)


def _list_stages(run: _Run) -> list[Callable[[], None]]:
    only = run.plan.only
    stages: list[Callable[[], None]] = []
    if only & {"descriptions", "text"}:
        stages.append(partial(_refresh_descriptions, run))
    for source in SOURCES:
        if source.modality in only:
            stages.append(partial(_embed_source, run, source))
        if source.modality == "text" and "taste" in only:
            stages.append(partial(_embed_taste, run))  # items are recommendable from here on
    if "taste" in only:
        stages.append(partial(_embed_taste, run))
    stages += [partial(_read_media, run, reader) for reader in run.models.readers if reader.stage in only]
    if "text" in only:
        stages.append(partial(_renew_cards, run))
    if "descriptions" in only:
        stages.append(partial(_write_sentences, run))
    return stages


def _refresh_descriptions(run: _Run) -> None:
    _track(run, "descriptions", descriptions.refresh_all())


def _embed_source(run: _Run, source: Source) -> None:
    encoder = run.models.encoder(source.modality)
    if encoder is None or encoder.name in load_failures.list_unloaded():
        return
    ranker = run.models.ranker() if "taste" in run.plan.only else None
    backend = f"{encoder.name} {encoder.version}"
    made = _track(run, source.modality, _embed_batches(source, encoder, ranker), backend)
    if not run.is_stopped and (made or query_preparation.needs_preparation(encoder)):
        run.models.make_ready(encoder)


def _read_media(run: _Run, reader: Extractor) -> None:
    if reader.name not in load_failures.list_unloaded():
        items = (1 for _ in extraction.extract_pending(reader))
        run.media_read += _track(run, reader.stage, items, f"{reader.name} {reader.version}")


def _renew_cards(run: _Run) -> None:
    """What was measured just now stands on the cards, so that a second run finds nothing to do."""
    if run.media_read:
        _refresh_descriptions(run)
        _embed_source(run, next(source for source in SOURCES if source.modality == "text"))


def _embed_batches(source: Source, encoder: Encoder, ranker: item_embeddings.ItemEncoder | None) -> Iterator[int]:
    """Each batch gets its taste vectors at once, so that what was just embedded can be ranked."""
    for batch in embedding.embed_pending(source, encoder):
        if ranker is not None and batch.embedded:
            item_embeddings.embed_taste(ranker, batch.embedded)
        yield len(batch.embedded) + batch.failed


def _embed_taste(run: _Run) -> None:
    ranker = run.models.ranker()
    if ranker is not None:
        _track(run, "taste", item_embeddings.embed_pending(ranker))


def _write_sentences(run: _Run) -> None:
    writer = run.models.writer()
    if writer is None:
        return
    limit = min(SENTENCES_PER_RUN, run.plan.limit or SENTENCES_PER_RUN)
    try:
        _track(run, "sentences", (1 for _ in descriptions.write_pending(writer, limit)))
    except UnavailableError as error:  # every item has its template already; the next run asks again
        logger.info("no more descriptions by the language model for now: %s", error)


def _track(run: _Run, stage: str, batches: Iterator[int], backend: str = "") -> int:
    """Goes through a stage's batches, tells how far it is, and stops between two of them when asked to."""
    left = next((known.left for known in count_lacking().stages if known.stage == stage), 0)
    pace = Pace(load_throughputs().get(stage, USUAL_SECONDS[stage]))
    started = time.monotonic()
    pace.note(started, 0)
    made = 0
    for size in batches:
        made += size
        run.done += size
        pace.note(time.monotonic(), made)
        still = max(0, left - made)
        run.total = max(run.total, run.done)
        run.on_progress(run.done, run.total, _report_progress(stage, still, pace.seconds_left(still)))
        run.is_stopped = run.should_stop()
        if run.is_stopped or (run.plan.limit is not None and made >= run.plan.limit):
            break
    if backend:
        record_throughput(stage, backend, time.monotonic() - started, made)
    return made


def _report_progress(stage: str, left: int, seconds: float) -> str:
    if not left:
        return f"{LABELS[stage]}: done"
    return f"{LABELS[stage]}: {left:,} left, {say_duration(seconds)}"
