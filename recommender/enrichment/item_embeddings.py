"""The ranker's own item vectors, computed from the stored ones of every medium. Knows no encoder and no torch.

A new ranker gets a new space, which fills in the background and serves once it is complete.
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
_said: set[tuple[str, str]] = set()
BATCH_SIZE = 512  # a matrix product or two: thousands a second
# Which vectors an item's taste vector was made from, as one hash per item.
INPUTS_SQL = """
    SELECT item_id, md5(string_agg(space_id || ':' || content_hash, ',' ORDER BY space_id)) AS digest
    FROM recommender_embedding WHERE space_id = ANY(%s) {condition} GROUP BY item_id
"""


class ItemEncoder(Protocol):
    """The part of a ranker that is needed here."""

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
    return spaces.open_space(spaces.SpaceKey(Modality.TASTE, ranker.name, ranker.version, ranker.dims))


def find_inputs(ranker: ItemEncoder) -> dict[str, EmbeddingSpace]:
    """The space of each medium that the ranker was trained on, by the encoder it names."""
    encoders = ranker.facts.get("encoders", {})
    found: dict[str, EmbeddingSpace] = {}
    for modality in ranker.trained_modalities & ranker.modality_dims.keys():
        space = find_fitting_space(modality, ranker.modality_dims[modality], encoders.get(modality))
        if space is not None:
            found[modality] = space
    return found


def find_fitting_space(modality: str, dims: int, encoder: str | None) -> EmbeddingSpace | None:
    """Vectors of this very encoder and version; of any of that size where weights name none.

    Those of another encoder would be numbers without a meaning, so the medium is left out, which is said once.
    """
    fitting = EmbeddingSpace.objects.filter(modality=modality, dims=dims).order_by("-is_serving", "-pk")
    for space in fitting:
        if encoder is None or str(space) == encoder:
            return space
    serving = spaces.serving_space(modality)
    if serving is not None and encoder is not None and (encoder, str(serving)) not in _said:
        _said.add((encoder, str(serving)))
        logger.warning("The ranker reads %s vectors of %s, not of %s: it goes without.", modality, encoder, serving)
    return None


def find_pending(space: EmbeddingSpace, inputs: Mapping[str, EmbeddingSpace]) -> QuerySet[Item]:
    own = Embedding.objects.filter(item_id=OuterRef("pk"), space=space).exclude(content_hash=STALE)
    return find_ready(inputs).exclude(Exists(own)).order_by("-created_at", "pk")


def find_ready(inputs: Mapping[str, EmbeddingSpace]) -> QuerySet[Item]:
    """Items with a vector in at least one medium."""
    given = Embedding.objects.filter(item_id=OuterRef("pk"), space__in=list(inputs.values()))
    return Item.objects.filter(Exists(given))


def embed_pending(ranker: ItemEncoder) -> Iterator[int]:
    """Yields the number of vectors after each stored batch; then the space serves and old rankers' go.

    That of the weights which rolling back would bring again is kept, so that they can serve at once.
    """
    space, inputs = open_taste_space(ranker), find_inputs(ranker)
    mark_stale(space, inputs)
    while ids := list(find_pending(space, inputs).values_list("pk", flat=True)[:BATCH_SIZE]):
        stored = embed_taste(ranker, ids, space, inputs)
        if not stored:  # gone between the two queries
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
    """Computes and stores these items' taste vectors from what is there now; returns how many."""
    space = space or open_taste_space(ranker)
    inputs = find_inputs(ranker) if inputs is None else inputs
    digests = _read_digests(inputs, item_ids)
    ids = [item_id for item_id in item_ids if item_id in digests]
    if not ids:
        return 0
    vectors: dict[str, NDArray[np.float32]] = {}
    present: dict[str, NDArray[np.bool_]] = {}
    for modality, given in inputs.items():
        known = spaces.read_vectors(given, ids)
        nothing = np.zeros(given.dims, dtype=np.float32)
        vectors[modality] = np.stack([known.get(item_id, nothing) for item_id in ids])
        present[modality] = np.array([item_id in known for item_id in ids])
    return spaces.store_vectors(space, ids, [digests[i] for i in ids], ranker.embed_items(vectors, present))


def mark_stale(space: EmbeddingSpace, inputs: Mapping[str, EmbeddingSpace]) -> None:
    """Vectors whose inputs changed, came or went since they were computed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE recommender_embedding AS own SET content_hash = ''
            FROM ({INPUTS_SQL.format(condition="")}) AS inputs
            WHERE own.space_id = %s AND own.item_id = inputs.item_id
              AND own.content_hash NOT IN ('', inputs.digest)
            """,  # noqa: S608 - a constant of this file
            [[given.pk for given in inputs.values()], space.pk],
        )


def _read_digests(inputs: Mapping[str, EmbeddingSpace], item_ids: Sequence[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            INPUTS_SQL.format(condition="AND item_id = ANY(%s)"),
            [[given.pk for given in inputs.values()], list(item_ids)],
        )
        return dict(cursor.fetchall())
