"""The ranker's item vectors, computed from the stored vectors of every modality. Knows no encoder and no torch.

A new ranker gets a new space, which is filled in the background and serves once it is complete.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from mediarec.library.models import Item
from recommender.backends import ranker_weights
from recommender.enrichment.sources import STALE
from recommender.models import Embedding, EmbeddingSpace, Modality
from recommender.vectors import spaces

logger = logging.getLogger(__name__)
_reported: set[tuple[str, str]] = set()
BATCH_SIZE = 512  # cheap: thousands of items per second
# One hash per item over the spaces and content hashes of all its input vectors: when it changes, so must the taste
# vector.
INPUTS_SQL = """
    SELECT item_id, md5(string_agg(space_id || ':' || content_hash, ',' ORDER BY space_id)) AS digest
    FROM recommender_embedding WHERE space_id = ANY(%s) {condition} GROUP BY item_id
"""


class ItemEncoder(Protocol):
    """The part of a ranker that computes item vectors.

    `embed_items` takes, per modality, vectors (N, D) and a mask (N,) of present ones; it returns (N, dims) float32,
    unit length. `facts["encoders"]` names the encoder each modality was trained on.
    """

    name: str
    version: str
    dims: int

    trained_modalities: frozenset[str]
    facts: dict[str, Any]

    @property
    def modality_dims(self) -> Mapping[str, int]: ...

    def embed_items(
        self, vectors: Mapping[str, NDArray[np.float32]], present: Mapping[str, NDArray[np.bool_]]
    ) -> NDArray[np.float32]: ...


def open_taste_space(ranker: ItemEncoder) -> EmbeddingSpace:
    """The space of this ranker and version, created on first use."""
    return spaces.open_space(spaces.SpaceKey(Modality.TASTE, ranker.name, ranker.version, ranker.dims))


def find_inputs(ranker: ItemEncoder) -> dict[str, EmbeddingSpace]:
    """The input space of each modality the ranker was trained on, matched by the encoder it names."""
    encoders = ranker.facts.get("encoders", {})
    inputs: dict[str, EmbeddingSpace] = {}
    for modality in ranker.trained_modalities & ranker.modality_dims.keys():
        space = find_fitting_space(modality, ranker.modality_dims[modality], encoders.get(modality))
        if space is not None:
            inputs[modality] = space
    return inputs


def find_fitting_space(modality: str, dims: int, encoder: str | None) -> EmbeddingSpace | None:
    """The space of exactly this encoder and version; any of that size where the weights name none.

    Vectors of another encoder would be meaningless to the ranker, so the modality is left out, which is logged once.
    """
    candidates = EmbeddingSpace.objects.filter(modality=modality, dims=dims).order_by("-is_serving", "-pk")
    for space in candidates:
        if encoder is None or str(space) == encoder:
            return space
    serving = spaces.serving_space(modality)
    if serving is not None and encoder is not None and (encoder, str(serving)) not in _reported:
        _reported.add((encoder, str(serving)))
        logger.warning("The ranker needs %s vectors of %s, not of %s: they are left out.", modality, encoder, serving)
    return None


def find_pending(space: EmbeddingSpace, inputs: Mapping[str, EmbeddingSpace]) -> QuerySet[Item]:
    """Items with input vectors but without a fresh taste vector, newest first."""
    fresh = Embedding.objects.filter(item_id=OuterRef("pk"), space=space).exclude(content_hash=STALE)
    return find_ready(inputs).exclude(Exists(fresh)).order_by("-created_at", "pk")


def find_ready(inputs: Mapping[str, EmbeddingSpace]) -> QuerySet[Item]:
    """Items with a vector in at least one modality."""
    input_vectors = Embedding.objects.filter(item_id=OuterRef("pk"), space__in=list(inputs.values()))
    return Item.objects.filter(Exists(input_vectors))


def embed_pending(ranker: ItemEncoder) -> Iterator[int]:
    """Yields the number of vectors after each stored batch; then the space serves and spaces of old rankers
    are removed.

    The space of the weights that a rollback would restore is kept, so that they can serve at once.
    """
    space, inputs = open_taste_space(ranker), find_inputs(ranker)
    mark_stale(space, inputs)
    while ids := list(find_pending(space, inputs).values_list("pk", flat=True)[:BATCH_SIZE]):
        stored = embed_taste(ranker, ids, space, inputs)
        if not stored:  # deleted between the two queries
            break
        yield stored
    if not space.is_serving:
        spaces.serve_space(space)
    former = ranker_weights.find_previous()
    for old in EmbeddingSpace.objects.filter(modality=Modality.TASTE).exclude(pk=space.pk):
        if former is None or (old.encoder, old.version) != (former.name, former.version):
            spaces.remove_space(old)


def embed_taste(
    ranker: ItemEncoder,
    item_ids: Sequence[int],
    space: EmbeddingSpace | None = None,
    inputs: Mapping[str, EmbeddingSpace] | None = None,
) -> int:
    """Computes and stores taste vectors of these items from their current input vectors; returns how many."""
    space = space or open_taste_space(ranker)
    inputs = find_inputs(ranker) if inputs is None else inputs
    digests = _read_digests(inputs, item_ids)
    ids = [item_id for item_id in item_ids if item_id in digests]
    if not ids:
        return 0
    vectors: dict[str, NDArray[np.float32]] = {}
    present: dict[str, NDArray[np.bool_]] = {}
    for modality, input_space in inputs.items():
        stored = spaces.read_vectors(input_space, ids)
        missing = np.zeros(input_space.dims, dtype=np.float32)
        vectors[modality] = np.stack([stored.get(item_id, missing) for item_id in ids])
        present[modality] = np.array([item_id in stored for item_id in ids])
    return spaces.store_vectors(space, ids, [digests[i] for i in ids], ranker.embed_items(vectors, present))


def mark_stale(space: EmbeddingSpace, inputs: Mapping[str, EmbeddingSpace]) -> None:
    """Empties the hash of vectors whose inputs were changed, added or removed since they were computed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE recommender_embedding AS own SET content_hash = ''
            FROM ({INPUTS_SQL.format(condition="")}) AS inputs
            WHERE own.space_id = %s AND own.item_id = inputs.item_id
              AND own.content_hash NOT IN ('', inputs.digest)
            """,  # noqa: S608 - a constant of this file
            [[each.pk for each in inputs.values()], space.pk],
        )


def _read_digests(inputs: Mapping[str, EmbeddingSpace], item_ids: Sequence[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            INPUTS_SQL.format(condition="AND item_id = ANY(%s)"),
            [[each.pk for each in inputs.values()], list(item_ids)],
        )
        return dict(cursor.fetchall())
