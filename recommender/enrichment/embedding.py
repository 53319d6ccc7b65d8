"""Fills an embedding space batch by batch, each in its own transaction. Knows no tasks and no schedule."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mediarec.library.errors import NotLoadedError
from mediarec.library.models import Item
from mediarec.library.native_libraries import explain_load_error
from recommender.encoders.protocol import Encoder
from recommender.enrichment.failures import TOO_LARGE, explain, is_systemic, make_writable
from recommender.enrichment.sources import EncoderInput, Source, Unreadable, find_pending
from recommender.enrichment.throughput import AdaptiveBatchSize, is_out_of_memory
from recommender.models import Embedding, EmbeddingSpace, EnrichmentFailure
from recommender.vectors import spaces

logger = logging.getLogger(__name__)
MIN_SHARE_OF_FORMER = 0.5  # of the serving space's vectors; a new encoder that fails on more items does not take over


@dataclass(frozen=True)
class BatchResult:
    """The outcome of one batch: the ids of newly embedded items, and the number of stored failures."""

    embedded: tuple[int, ...]
    failed: int


def open_encoder_space(encoder: Encoder) -> EmbeddingSpace:
    """The space of this encoder and version, created on first use."""
    key = spaces.SpaceKey(encoder.modality, encoder.name, encoder.version, encoder.dims, encoder.text_aligned)
    return spaces.open_space(key)


def embed_pending(source: Source, encoder: Encoder) -> Iterator[BatchResult]:
    """Yields after every committed batch; ends when nothing is pending.

    A former space keeps serving until this one is complete. Raises UnavailableError when the encoder cannot run.
    """
    space = find_changes(source, encoder)
    size = AdaptiveBatchSize(source.batch_size)
    while ids := list(find_pending(source, space).values_list("pk", flat=True)[: size.current]):
        batch = _embed_within_memory(source, encoder, space, ids, size)
        if batch is not None:
            yield batch
    if not space.is_serving and _is_complete_enough(space):
        spaces.serve_space(space)


def find_changes(source: Source, encoder: Encoder) -> EmbeddingSpace:
    """Opens the encoder's space and marks stale vectors. Failures of former weights are deleted, so the new
    ones try again.
    """
    space = open_encoder_space(encoder)
    source.mark_stale(space)
    EnrichmentFailure.objects.filter(stage=space.encoder, created_at__lt=space.created_at).delete()
    return space


def _is_complete_enough(space: EmbeddingSpace) -> bool:
    former = spaces.serving_space(space.modality)
    if former is None:
        return True
    new_count, former_count = (Embedding.objects.filter(space_id=each.pk).count() for each in (space, former))
    if new_count < MIN_SHARE_OF_FORMER * former_count:
        logger.warning("%s could read %s of %s, so %s keeps serving", space, new_count, former_count, former)
    return new_count >= MIN_SHARE_OF_FORMER * former_count


def _embed_within_memory(
    source: Source, encoder: Encoder, space: EmbeddingSpace, ids: Sequence[int], size: AdaptiveBatchSize
) -> BatchResult | None:
    """None where memory ran out and a smaller batch is to be tried; a single item that does not fit is a failure."""
    try:
        batch = _embed_batch(source, encoder, space, ids)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        gc.collect()
        if size.halve():
            logger.warning(
                "memory ran out at %s of %s at once; continuing with %s", len(ids), source.modality, size.current
            )
            return None
        digests = {each.item_id: each.digest for each in source.read(ids)[0]}
        record_failures(space.encoder, [Unreadable(item_id, digests.get(item_id, ""), TOO_LARGE) for item_id in ids])
        return BatchResult((), len(ids))
    size.record_success()
    return batch


def _embed_batch(source: Source, encoder: Encoder, space: EmbeddingSpace, ids: Sequence[int]) -> BatchResult:
    inputs, unreadable = source.read(ids)
    read_ids = {each.item_id for each in inputs} | {each.item_id for each in unreadable}
    gone = [Unreadable(item_id, "", "There is nothing to read any more.") for item_id in ids if item_id not in read_ids]
    encoded, vectors, refused = _encode(encoder, inputs)
    unwritten: list[Unreadable] = []
    try:
        if encoded:
            spaces.store_vectors(space, [i.item_id for i in encoded], [i.digest for i in encoded], vectors)
            EnrichmentFailure.objects.filter(stage=space.encoder, item__in=[i.item_id for i in encoded]).delete()
    except OSError as error:  # the batch is written as a whole or not at all
        encoded, unwritten = [], [Unreadable(i.item_id, i.digest, explain(error)) for i in encoded]
    failures = [*unreadable, *gone, *refused, *unwritten]
    record_failures(space.encoder, failures)
    return BatchResult(tuple(each.item_id for each in encoded), len(failures))


def _encode(
    encoder: Encoder, inputs: Sequence[EncoderInput]
) -> tuple[list[EncoderInput], np.ndarray[tuple[int, int], np.dtype[np.float32]], list[Unreadable]]:
    """Encodes all inputs at once; when that fails, one at a time, so that only unreadable ones fail.

    Returns the encoded inputs, their vectors (N, D) float32, and the failures.
    """
    if not inputs:
        return [], np.zeros((0, encoder.dims), dtype=np.float32), []
    try:
        return _split_finite(inputs, np.asarray(encoder.encode([each.value for each in inputs])))
    except Exception as error:  # decoders raise many exception types for one odd file
        if isinstance(error, ImportError):  # a library that is loaded on first use
            raise NotLoadedError(encoder.name, f"{encoder.name}: {explain_load_error(error)}.") from error
        if is_systemic(error) or is_out_of_memory(error):
            raise
        if len(inputs) == 1:
            failure = Unreadable(inputs[0].item_id, inputs[0].digest, explain(error))
            return [], np.zeros((0, encoder.dims), dtype=np.float32), [failure]
    results = [_encode(encoder, [single]) for single in inputs]
    encoded = [single for result in results for single in result[0]]
    failures = [failure for result in results for failure in result[2]]
    return encoded, np.concatenate([result[1] for result in results]), failures


def _split_finite(
    inputs: Sequence[EncoderInput], vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]
) -> tuple[list[EncoderInput], np.ndarray[tuple[int, int], np.dtype[np.float32]], list[Unreadable]]:
    """Separates vectors with NaN or infinity: each is one item's failure, not the batch's."""
    is_finite = [bool(np.isfinite(vector).all()) for vector in vectors]
    reason = "The model answered with numbers that are none."
    failures = [
        Unreadable(single.item_id, single.digest, reason)
        for single, finite in zip(inputs, is_finite, strict=True)
        if not finite
    ]
    return [single for single, finite in zip(inputs, is_finite, strict=True) if finite], vectors[is_finite], failures


def record_failures(stage: str, failures: Sequence[Unreadable]) -> None:
    """Upserts one row per item and stage; the item is not retried until its content changes."""
    existing_ids = set(
        Item.objects.filter(pk__in=[failure.item_id for failure in failures]).values_list("pk", flat=True)
    )
    EnrichmentFailure.objects.bulk_create(
        [
            EnrichmentFailure(
                item_id=failure.item_id, stage=stage, content_hash=failure.digest, reason=make_writable(failure.reason)
            )
            for failure in failures
            if failure.item_id in existing_ids
        ],
        update_conflicts=True,
        unique_fields=["item", "stage"],
        update_fields=["content_hash", "reason", "created_at"],
    )
