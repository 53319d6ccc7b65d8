"""A seeded synthetic catalogue of any size with people, files, credits, vectors and histories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.contrib.postgres.search import SearchVector
from django.db import connection
from numpy.typing import NDArray

from mediarec.library.models import (
    Contributor,
    Credit,
    Interaction,
    InteractionType,
    Item,
    Kind,
    MediaFile,
    Person,
    Role,
)
from recommender.backends import registry
from recommender.models import EmbeddingSpace, Modality
from recommender.vectors import spaces

TEXT_DIMS = 384
FALLBACK_TASTE_DIMS = 64
KIND_SHARES: dict[Kind, float] = {
    Kind.FILM: 0.3, Kind.SERIES: 0.05, Kind.ALBUM: 0.1, Kind.TRACK: 0.45, Kind.VIDEO: 0.1,
}  # fmt: skip
LEAD_ROLES = {Kind.FILM: Role.DIRECTOR, Kind.SERIES: Role.CREATOR, Kind.VIDEO: Role.CHANNEL}
GENRES, TAGS, CLUSTERS = 30, 400, 60
BATCH = 2000
START = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Catalogue:
    """What a benchmark needs to know of the generated data."""

    person: Person
    item_ids: list[int]
    text_vectors: NDArray[np.float32]  # (n, 384), unit length, in the order of item_ids


def make_catalogue(items: int, seed: int, events: int = 400) -> Catalogue:
    noise = np.random.default_rng(seed)
    clusters = noise.integers(0, CLUSTERS, items)
    ids = _make_items(items, clusters, noise)
    _make_credits(ids, noise)
    _make_files(ids[::2])
    text = _scatter(clusters, TEXT_DIMS, noise)
    _store(spaces.SpaceKey(Modality.TEXT, "synthetic", "1", TEXT_DIMS), ids, text)
    ranker = registry.current_ranker()
    taste = (ranker.name, ranker.version, ranker.dims) if ranker else ("synthetic-taste", "1", FALLBACK_TASTE_DIMS)
    _store(spaces.SpaceKey(Modality.TASTE, *taste), ids, _scatter(clusters, taste[2], noise))
    people = [Person.objects.create_user(f"bench{n}", password=None) for n in range(3)]
    for person in people:
        _make_history(person, ids, clusters, events, noise)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Catalogue(people[0], ids, text)


def _make_items(count: int, clusters: NDArray[np.int64], noise: np.random.Generator) -> list[int]:
    kinds = noise.choice([k.value for k in KIND_SHARES], size=count, p=list(KIND_SHARES.values()))
    made: list[Item] = []
    for number in range(count):
        cluster = int(clusters[number])
        tags = {f"tag {(cluster * 7 + int(step)) % TAGS}" for step in noise.integers(0, 12, 5)}
        made.append(
            Item(
                kind=str(kinds[number]),
                title=f"Work {number}",
                title_key=f"work {number}",
                year=int(noise.integers(1930, 2025)),
                genres=[f"genre {cluster % GENRES}", f"genre {int(noise.zipf(1.6)) % GENRES}"],
                tags=sorted(tags),
                language="en",
                runtime_seconds=int(noise.integers(120, 9000)),
                synopsis=f"A made-up work about matter {cluster} and matter {int(noise.integers(0, 500))}.",
                popularity=float(noise.beta(1.2, 4)),
            )
        )
    ids = [item.pk for item in Item.objects.bulk_create(made, batch_size=BATCH)]
    Item.objects.update(search=SearchVector("title", "synopsis", config="english"))
    albums = [pk for pk, kind in zip(ids, kinds, strict=True) if kind == Kind.ALBUM]
    tracks = [pk for pk, kind in zip(ids, kinds, strict=True) if kind == Kind.TRACK]
    for place, album in enumerate(albums):
        Item.objects.filter(pk__in=tracks[place * 4 : place * 4 + 4]).update(parent_id=album)
    return ids


def _make_credits(ids: list[int], noise: np.random.Generator) -> None:
    names = [Contributor(name=f"Maker {n}", name_key=f"maker {n}") for n in range(len(ids) // 5 + 1)]
    makers = [made.pk for made in Contributor.objects.bulk_create(names, batch_size=BATCH)]
    kinds = dict(Item.objects.values_list("pk", "kind"))
    credits = []
    for item_id in ids:
        own = noise.choice(len(makers), size=4, replace=False)
        lead = LEAD_ROLES.get(Kind(kinds[item_id]), Role.ARTIST)
        credits.append(Credit(item_id=item_id, contributor_id=makers[own[0]], role=lead))
        if lead in (Role.DIRECTOR, Role.CREATOR):
            credits += [
                Credit(item_id=item_id, contributor_id=makers[maker], role=Role.ACTOR, position=place)
                for place, maker in enumerate(own[1:])
            ]
    Credit.objects.bulk_create(credits, batch_size=BATCH)


def _make_files(ids: list[int]) -> None:
    files = [
        MediaFile(item_id=i, path_raw=f"/m/{i}".encode(), path=f"/m/{i}", size_bytes=1, mtime_ns=1, content_hash=str(i))
        for i in ids
    ]
    MediaFile.objects.bulk_create(files, batch_size=BATCH)


def _scatter(clusters: NDArray[np.int64], dims: int, noise: np.random.Generator) -> NDArray[np.float32]:
    """Unit vectors around one centre per cluster, so that neighbourhoods exist as in a real space."""
    centres = noise.standard_normal((CLUSTERS, dims)).astype(np.float32)
    vectors = centres[clusters] + 0.9 * noise.standard_normal((len(clusters), dims)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _store(key: spaces.SpaceKey, ids: list[int], vectors: NDArray[np.float32]) -> EmbeddingSpace:
    space = spaces.open_space(key)
    with spaces.bulk_load(space):
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            spaces.store_vectors(space, part, [str(i) for i in part], vectors[start : start + BATCH])
    return space


def _make_history(
    person: Person, ids: list[int], clusters: NDArray[np.int64], events: int, noise: np.random.Generator
) -> None:
    """A person with six favourite clusters who sometimes abandons an item."""
    favourites = noise.choice(CLUSTERS, size=6, replace=False)
    liked = np.flatnonzero(np.isin(clusters, favourites))
    chosen = noise.choice(liked, size=min(events, len(liked)), replace=False)
    whats = noise.choice(
        [InteractionType.FINISHED, InteractionType.LIKED, InteractionType.PLAYED, InteractionType.ABANDONED],
        len(chosen),
        p=[0.6, 0.2, 0.1, 0.1],
    )
    Interaction.objects.bulk_create(
        [
            Interaction(
                person=person, item_id=ids[int(place)], what=str(what), occurred_at=START + timedelta(hours=8 * number)
            )
            for number, (place, what) in enumerate(zip(chosen, whats, strict=True))
        ],
        batch_size=BATCH,
    )
