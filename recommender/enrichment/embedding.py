"""Fills one embedding space batch by batch, each committed as it goes. Knows no tasks and no schedule."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mediarec.library.models import Item
from recommender.encoders.protocol import Encoder
from recommender.enrichment.failures import TOO_LARGE, explain, is_systemic, make_writable
from recommender.enrichment.sources import Input, Source, Unreadable, find_pending
from recommender.enrichment.throughput import BatchSize, is_out_of_memory
from recommender.models import Embedding, EmbeddingSpace, EnrichmentFailure
from recommender.vectors import spaces

logger = logging.getLogger(__name__)
LEAST_SHARE = 0.5  # of the vectors that serve: new weights with fewer answered with nothing, and do not take over


@dataclass(frozen=True)
class Batch:
    """What became of some items: `embedded` have a new vector, `failed` a sentence why not."""

    embedded: tuple[int, ...]
    failed: int


def open_encoder_space(encoder: Encoder) -> EmbeddingSpace:
    key = spaces.SpaceKey(encoder.modality, encoder.name, encoder.version, encoder.dims, encoder.text_aligned)
    return spaces.open_space(key)


def embed_pending(source: Source, encoder: Encoder) -> Iterator[Batch]:
    """Yields after every batch that is safe in the database; ends when nothing is left.

    A former space goes on serving until this one is complete. Raises UnavailableError when the encoder cannot run.
    """
    space = find_changes(source, encoder)
    size = BatchSize(source.batch_size)
    while ids := list(find_pending(source, space).values_list("pk", flat=True)[: size.now]):
        batch = _embed_within_memory(source, encoder, space, ids, size)
        if batch is not None:
            yield batch
    if not space.is_serving and _holds_enough(space):
        spaces.serve_space(space)


def find_changes(source: Source, encoder: Encoder) -> EmbeddingSpace:
    """Opens the encoder's space and marks what is to be read anew; what former weights failed at is, by these."""
    space = open_encoder_space(encoder)
    source.mark_stale(space)
    EnrichmentFailure.objects.filter(stage=space.encoder, created_at__lt=space.created_at).delete()
    return space


def _holds_enough(space: EmbeddingSpace) -> bool:
    former = spaces.serving_space(space.modality)
    if former is None:
        return True
    ours, theirs = (Embedding.objects.filter(space_id=own.pk).count() for own in (space, former))
    if ours < LEAST_SHARE * theirs:
        logger.warning("%s could read %s of %s, so %s goes on serving", space, ours, theirs, former)
    return ours >= LEAST_SHARE * theirs


def _embed_within_memory(
    source: Source, encoder: Encoder, space: EmbeddingSpace, ids: Sequence[int], size: BatchSize
) -> Batch | None:
    """None where memory ran out and fewer are to be tried at once; alone too large is that item's failure."""
    try:
        batch = _embed_batch(source, encoder, space, ids)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        gc.collect()
        if size.halve():
            logger.warning("memory ran out at %s of %s at once; going on with %s", len(ids), source.modality, size.now)
            return None
        digests = {given.item_id: given.digest for given in source.read(ids)[0]}
        record_failures(space.encoder, [Unreadable(item_id, digests.get(item_id, ""), TOO_LARGE) for item_id in ids])
        return Batch((), len(ids))
    size.note_success()
    return batch


def _embed_batch(source: Source, encoder: Encoder, space: EmbeddingSpace, ids: Sequence[int]) -> Batch:
    inputs, unreadable = source.read(ids)
    known = {given.item_id for given in inputs} | {given.item_id for given in unreadable}
    gone = [Unreadable(item_id, "", "There is nothing to read any more.") for item_id in ids if item_id not in known]
    stored, vectors, refused = _encode(encoder, inputs)
    unstored: list[Unreadable] = []
    try:
        if stored:
            spaces.store_vectors(space, [i.item_id for i in stored], [i.digest for i in stored], vectors)
            EnrichmentFailure.objects.filter(stage=space.encoder, item__in=[i.item_id for i in stored]).delete()
    except OSError as error:  # all of a batch is written or nothing
        stored, unstored = [], [Unreadable(i.item_id, i.digest, explain(error)) for i in stored]
    failures = [*unreadable, *gone, *refused, *unstored]
    record_failures(space.encoder, failures)
    return Batch(tuple(given.item_id for given in stored), len(failures))


def _encode(
    encoder: Encoder, inputs: Sequence[Input]
) -> tuple[list[Input], np.ndarray[tuple[int, int], np.dtype[np.float32]], list[Unreadable]]:
    """All at once; when one of them cannot be read, one at a time, so that the rest goes in."""
    if not inputs:
        return [], np.zeros((0, encoder.dims), dtype=np.float32), []
    try:
        return _keep_finite(inputs, np.asarray(encoder.encode([given.value for given in inputs])))
    except Exception as error:  # decoders and libraries of signals raise many kinds for one odd file
        if is_systemic(error) or is_out_of_memory(error):
            raise
        if len(inputs) == 1:
            lost = Unreadable(inputs[0].item_id, inputs[0].digest, explain(error))
            return [], np.zeros((0, encoder.dims), dtype=np.float32), [lost]
    parts = [_encode(encoder, [given]) for given in inputs]
    kept = [given for part in parts for given in part[0]]
    return kept, np.concatenate([part[1] for part in parts]), [lost for part in parts for lost in part[2]]


def _keep_finite(
    inputs: Sequence[Input], vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]
) -> tuple[list[Input], np.ndarray[tuple[int, int], np.dtype[np.float32]], list[Unreadable]]:
    """A vector with NaN in it is one item's failure, not the batch's."""
    is_good = [bool(np.isfinite(vector).all()) for vector in vectors]
    reason = "The model answered with numbers that are none."
    lost = [Unreadable(i.item_id, i.digest, reason) for i, good in zip(inputs, is_good, strict=True) if not good]
    return [i for i, good in zip(inputs, is_good, strict=True) if good], vectors[is_good], lost


def record_failures(stage: str, failures: Sequence[Unreadable]) -> None:
    """One row per item and stage; it is not tried again until its content changes."""
    there = set(Item.objects.filter(pk__in=[lost.item_id for lost in failures]).values_list("pk", flat=True))
    EnrichmentFailure.objects.bulk_create(
        [
            EnrichmentFailure(
                item_id=lost.item_id, stage=stage, content_hash=lost.digest, reason=make_writable(lost.reason)
            )
            for lost in failures
            if lost.item_id in there
        ],
        update_conflicts=True,
        unique_fields=["item", "stage"],
        update_fields=["content_hash", "reason", "created_at"],
    )
