"""Embedding spaces in PostgreSQL (pgvector): storing vectors, reading them back, nearest neighbours by cosine.

Knows no encoder. Every space has its own HNSW index, so two spaces never meet in one query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import FloatField, Q, QuerySet
from django.db.models.expressions import RawSQL
from numpy.typing import NDArray
from pgvector import HalfVector

from mediarec.library.errors import MediarecError
from mediarec.library.models import Item
from recommender.models import Embedding, EmbeddingSpace, Modality, MomentVector
from recommender.types import Vector
from recommender.vectors.sql import any_of

Half = np.ndarray[tuple[int], np.dtype[np.float16]]
MIN_EF_SEARCH = 80  # pgvector's default of 40 loses recall as soon as a filter drops some results
MAX_EF_SEARCH = 400
OVERFETCH_FACTOR = 6  # overfetch factor: neighbours read per requested one before the filter is joined into the search
MIN_OVERFETCH = 400
_COLUMNS = [
    "id",
    "modality",
    "encoder",
    "version",
    "dims",
    "is_text_aligned",
    "is_serving",
]  # other columns are deferred
_SERVING = f"SELECT {', '.join(_COLUMNS)} FROM recommender_embeddingspace WHERE modality = %s AND is_serving"  # noqa: S608
INDEX_MEMORY = "512MB"  # an HNSW graph that does not fit in memory is built many times slower


@dataclass(frozen=True)
class SpaceKey:
    """The encoder and version that made the vectors, and the vectors' modality and size."""

    modality: str
    encoder: str
    version: str
    dims: int
    is_text_aligned: bool = False


def serving_space(modality: str) -> EmbeddingSpace | None:
    """The space that serves a modality; None where there is none. Uncached, since another process may have switched it.

    Raw SQL: one list calls this eight times, and building the ORM query takes longer than running it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SERVING, [modality])
        row = cursor.fetchone()
    return None if row is None else EmbeddingSpace.from_db(connection.alias, _COLUMNS, row)


def open_space(key: SpaceKey) -> EmbeddingSpace:
    """Gets or creates the space of this encoder and version, with its index. The first space of a modality serves.

    Raises MediarecError where the stored space has another size or modality.
    """
    with transaction.atomic():
        space, is_new = EmbeddingSpace.objects.get_or_create(
            encoder=key.encoder,
            version=key.version,
            defaults={"modality": key.modality, "dims": key.dims, "is_text_aligned": key.is_text_aligned},
        )
        if space.dims != key.dims or space.modality != key.modality:
            raise MediarecError(
                f"{space} holds {space.modality} vectors of {space.dims} numbers, and the model now gives "
                f"{key.modality} vectors of {key.dims}: give the model a new version."
            )
        if is_new:
            _create_index(space)
        if space.modality == Modality.IMAGE:
            _ensure_moment_index(space)
        if not EmbeddingSpace.objects.filter(modality=key.modality, is_serving=True).exists():
            serve_space(space)
    return space


def serve_space(space: EmbeddingSpace) -> None:
    """Makes this space the one that serves its modality."""
    with transaction.atomic():
        EmbeddingSpace.objects.filter(modality=space.modality, is_serving=True).exclude(pk=space.pk).update(
            is_serving=False
        )
        EmbeddingSpace.objects.filter(pk=space.pk).update(is_serving=True)
    space.is_serving = True


def remove_space(space: EmbeddingSpace) -> None:
    """Deletes a space with its vectors and its index."""
    with transaction.atomic():
        _change_indexes(f"DROP INDEX IF EXISTS {_index_name(space)}, {_moment_index_name(space)}")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM recommender_embedding WHERE space_id = %s", [space.pk])
        space.delete()


@contextmanager
def bulk_load(space: EmbeddingSpace) -> Iterator[None]:
    """Bulk load: drops the index and rebuilds it at the end, about ten times faster than inserting row by row."""
    with transaction.atomic():
        _change_indexes(f"DROP INDEX IF EXISTS {_index_name(space)}")
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL maintenance_work_mem = '{INDEX_MEMORY}'")
        _create_index(space)


def store_vectors(
    space: EmbeddingSpace, item_ids: Sequence[int], hashes: Sequence[str], vectors: NDArray[np.float32]
) -> int:
    """Upserts one vector per item, (N, D) float32; returns the number stored. Items deleted meanwhile are skipped.

    Raises MediarecError for vectors of another size, or with NaN or infinity.
    """
    if vectors.shape != (len(item_ids), space.dims) or len(hashes) != len(item_ids):
        raise MediarecError(f"{space} takes vectors of {space.dims} numbers, one per item; got {vectors.shape}.")
    if not np.isfinite(vectors).all():
        raise MediarecError(f"{space} was given a vector with numbers that are not finite.")
    with transaction.atomic():
        # The lock keeps a concurrent deletion from breaking the whole batch at commit.
        existing_ids = set(
            Item.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk__in=item_ids)
            .values_list("pk", flat=True)
        )
        rows = [
            Embedding(item_id=item_id, space=space, content_hash=digest, vector=HalfVector(vector))
            for item_id, digest, vector in zip(item_ids, hashes, vectors, strict=True)
            if item_id in existing_ids
        ]
        Embedding.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["space", "item"],
            update_fields=["content_hash", "vector", "created_at"],
        )
    return len(rows)


def read_vectors(space: EmbeddingSpace | None, item_ids: Sequence[int]) -> dict[int, Vector]:
    """Vectors by item, (D,) float32, unit length, as currently stored; items without one are absent.

    `vectors.cache.load_cached_vectors` is faster, and may be minutes behind.
    """
    if space is None:
        return {}
    return {item_id: half.astype(np.float32) for item_id, half in read_half_vectors(space, item_ids).items()}


def read_half_vectors(space: EmbeddingSpace, item_ids: Sequence[int]) -> dict[int, Half]:
    """Vectors by item as stored: (D,) float16. pgvector's wire format is a four-byte header
    and big-endian half floats.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_id, halfvec_send(vector) FROM recommender_embedding WHERE space_id = %s AND item_id = ANY(%s)",
            [space.pk, list(item_ids)],
        )
        return {
            item_id: np.frombuffer(bytes(raw), dtype=">f2", offset=4).astype(np.float16)
            for item_id, raw in cursor.fetchall()
        }


def nearest(
    modality: str, vector: NDArray[np.float32], limit: int, where: QuerySet[Item] | Q | None = None
) -> list[tuple[int, float]]:
    """(item_id, cosine) of the nearest items in the serving space, best first; [] where nothing is embedded yet.

    `where` filters in SQL: first the overfetched neighbours from the index are filtered. Where too few of
    them pass, the filter is joined into the search, which either continues the index scan until `limit`
    items pass (pgvector's iterative scan) or scans a small set exactly, as the planner decides. Raises
    MediarecError for a vector of another space.
    """
    space = serving_space(modality)
    return [] if space is None else nearest_in_space(space, vector, limit, where)


def nearest_in_space(
    space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, where: QuerySet[Item] | Q | None = None
) -> list[tuple[int, float]]:
    """Like `nearest`, for a caller that already has the space."""
    if limit <= 0:
        return []
    if vector.shape != (space.dims,):
        raise MediarecError(f"{space} is searched by vectors of {space.dims} numbers; got {vector.shape}.")
    if where is None:
        return _search(space, vector, limit)
    items = Item.objects.filter(where) if isinstance(where, Q) else where
    matches = _search_near(space, vector, limit, items)
    return _search(space, vector, limit, items) if matches is None else matches


def nearest_each(modality: str, vectors: Sequence[NDArray[np.float32]], limit: int) -> list[list[tuple[int, float]]]:
    """Like `nearest` for several vectors at once, without a filter, in one statement."""
    space = serving_space(modality)
    if space is None or limit <= 0 or not vectors:
        return [[] for _ in vectors]
    distance = f"vector::halfvec({int(space.dims)}) <=> %s::halfvec({int(space.dims)})"
    select = (
        f"(SELECT %s::int, item_id, {distance} FROM recommender_embedding"  # noqa: S608 - dims is an integer
        f" WHERE space_id = {int(space.pk)} ORDER BY {distance} LIMIT %s)"
    )
    literals = [HalfVector(vector).to_text() for vector in vectors]
    parameters = [value for index, literal in enumerate(literals) for value in (index, literal, literal, limit)]
    neighbours: list[list[tuple[int, float]]] = [[] for _ in vectors]
    with transaction.atomic(), connection.cursor() as cursor:
        _relax_index_scan(limit)
        cursor.execute(" UNION ALL ".join([select] * len(literals)), parameters)
        for index, item_id, gap in cursor.fetchall():
            neighbours[index].append((item_id, 1.0 - gap))
    return [sorted(pairs, key=lambda pair: -pair[1]) for pairs in neighbours]


def _search_near(
    space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, items: QuerySet[Item]
) -> list[tuple[int, float]] | None:
    """Overfetches the nearest of all items, then filters; None when too few pass. Most filters keep a tenth or more.

    At 20,000 items a filter joined into the search makes the planner scan every matching item exactly, which takes five
    times as long.
    """
    width = max(MIN_OVERFETCH, OVERFETCH_FACTOR * limit)
    near = _search(space, vector, width)
    matching_ids = set(
        items.order_by().filter(any_of("pk", [item_id for item_id, _ in near])).values_list("pk", flat=True)
    )
    matches = [pair for pair in near if pair[0] in matching_ids][:limit]
    return matches if len(matches) == limit or len(near) < width else None


def _search(
    space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, items: QuerySet[Item] | None = None
) -> list[tuple[int, float]]:
    rows = nearest_rows(space, Embedding, ("item_id",), vector, limit, items)
    return [(item_id, 1.0 - distance) for distance, item_id in rows]


def nearest_rows(
    space: EmbeddingSpace,
    table: type[Embedding | MomentVector],
    columns: Sequence[str],
    vector: NDArray[np.float32],
    limit: int,
    items: QuerySet[Item] | None = None,
) -> list[tuple[Any, ...]]:
    """(cosine distance, *columns) of the nearest rows of a table of vectors, nearest first;
    only of `items` if given.
    """
    queryset = table._default_manager.filter(space_id=space.pk)
    if items is not None:
        queryset = queryset.filter(item_id__in=items.order_by().values("pk"))
    type_name = f"halfvec({int(space.dims)})"  # must be the expression of the index
    distance = RawSQL(  # noqa: S611 - no user input gets into it
        f'("{table._meta.db_table}"."vector"::{type_name}) <=> %s::{type_name}',
        [HalfVector(vector).to_text()],
        output_field=FloatField(),
    )
    rows = queryset.annotate(distance=distance).order_by("distance").values_list("distance", *columns)[:limit]
    with transaction.atomic():
        _relax_index_scan(limit)
        return sorted(rows, key=lambda row: row[0])  # relaxed order: nearly, but not strictly, sorted


def _relax_index_scan(limit: int) -> None:
    """Sets iterative scan and ef_search for this transaction, in one round trip."""
    width = max(MIN_EF_SEARCH, min(limit, MAX_EF_SEARCH))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', %s, true)",
            [str(width)],
        )


def _create_index(space: EmbeddingSpace) -> None:
    _change_indexes(
        f"CREATE INDEX IF NOT EXISTS {_index_name(space)} ON recommender_embedding "
        f"USING hnsw ((vector::halfvec({int(space.dims)})) halfvec_cosine_ops) WHERE space_id = {int(space.pk)}"
    )


def _ensure_moment_index(space: EmbeddingSpace) -> None:
    """The separate index for vectors of moments in clips. Checked each time: spaces of an earlier version lack it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [_moment_index_name(space)])
        if cursor.fetchone() != (None,):
            return
    _change_indexes(
        f"CREATE INDEX IF NOT EXISTS {_moment_index_name(space)} ON recommender_momentvector "
        f"USING hnsw ((vector::halfvec({int(space.dims)})) halfvec_cosine_ops) WHERE space_id = {int(space.pk)}"
    )


def _change_indexes(statement: str) -> None:
    """PostgreSQL refuses DDL while foreign key checks of the same transaction are pending, so they run first."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _moment_index_name(space: EmbeddingSpace) -> str:
    return f"moment_hnsw_{int(space.pk)}"


def _index_name(space: EmbeddingSpace) -> str:
    return f"embedding_hnsw_{int(space.pk)}"
