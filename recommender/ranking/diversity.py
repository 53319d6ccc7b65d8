"""Diversity reranking: maximal marginal relevance under caps, and media in proportion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.items.media_types import MEDIUM_OF, Medium
from recommender.retrieval.pool import PoolItem
from recommender.types import Candidate, Vector


@dataclass(frozen=True)
class DiversitySettings:
    """`relevance` is the lambda of MMR (Carbonell and Goldstein 1998): score against similarity to what is selected."""

    relevance: float = 0.75
    contributor_share: float = 1 / 6  # two items of a row of twelve
    parent_share: float = 1 / 12
    genre_share: float = 1.0
    considered: int = 80  # best-scored candidates per medium that are compared with each other

    def caps(self, limit: int) -> dict[str, int]:
        """How many items of a row may share an album, a creator or a genre."""
        shares = {"parent": self.parent_share, "lead": self.contributor_share, "genre": self.genre_share}
        return {name: max(1, round(share * limit)) for name, share in shares.items()}

    def no_caps(self, limit: int) -> dict[str, int]:
        return dict.fromkeys(self.caps(limit), limit)


def select_diverse(
    candidates: Sequence[Candidate], items: Mapping[int, PoolItem], vectors: Mapping[int, Vector], limit: int,
    shares: Mapping[Medium, float], spread: DiversitySettings = DiversitySettings(),
) -> list[Candidate]:  # fmt: skip
    """At most `limit` candidates: MMR inside each medium, then the mediums interleaved by share.

    The caps are soft: a row that would stay short is filled with what they held back.
    """
    by_medium: dict[Medium, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda c: (-c.score, c.item_id)):
        by_medium.setdefault(MEDIUM_OF[candidate.kind], []).append(candidate)
    ordered = {medium: _diversify(group, items, vectors, limit, spread) for medium, group in by_medium.items()}
    return interleave_by_share(ordered, shares, limit)


def interleave_by_share(
    ordered: Mapping[Medium, Sequence[Candidate]], shares: Mapping[Medium, float], limit: int
) -> list[Candidate]:
    """Highest averages method (Sainte-Laguë): each slot goes to the medium furthest behind its share."""
    queues = {medium: list(group) for medium, group in ordered.items() if group}
    counts = Counter[Medium]()
    row: list[Candidate] = []
    while queues and len(row) < limit:
        medium = max(queues, key=lambda m: (shares.get(m, 0.0) / (counts[m] + 0.5), m))
        row.append(queues[medium].pop(0))
        counts[medium] += 1
        if not queues[medium]:
            del queues[medium]
    return row


MATCH_FEATURES = ("query", "named", "words", "seed", "seed_credits")


def media_shares(candidates: Iterable[Candidate], limit: int) -> dict[Medium, float]:
    """Each medium's share of the `limit` best matches to the query or the seeds.

    Scores are standardised inside a medium and cannot be compared across media; cosines and shared words can. Each
    feature is divided by its maximum, and a match counts squared, so that weak matches count little.
    """
    candidates = list(candidates)
    best = {name: max((c.features.get(name, 0.0) for c in candidates), default=0.0) for name in MATCH_FEATURES}
    matches = {
        c.item_id: sum(max(0.0, c.features.get(name, 0.0)) / top for name, top in best.items() if top > 0)
        for c in candidates
    }
    shares = dict.fromkeys(Medium, 0.0)
    for candidate in sorted(candidates, key=lambda c: (-matches[c.item_id], c.item_id))[:limit]:
        shares[MEDIUM_OF[candidate.kind]] += matches[candidate.item_id] ** 2
    return shares


def _diversify(
    ranked: list[Candidate],
    items: Mapping[int, PoolItem],
    vectors: Mapping[int, Vector],
    limit: int,
    spread: DiversitySettings,
) -> list[Candidate]:
    """Maximal marginal relevance under the caps, then without them if the row is still short."""
    considered = ranked[: max(spread.considered, 2 * limit)]
    matrix = _stack(considered, vectors)
    max_similarity = np.zeros(len(considered), dtype=np.float32)
    is_open = np.ones(len(considered), dtype=bool)
    scores = np.array([c.score for c in considered], dtype=np.float32)
    selected: list[int] = []
    counts = Counter[tuple[str, int | str]]()
    for caps in (spread.caps(limit), spread.no_caps(limit)):
        while len(selected) < limit and is_open.any():
            gains = np.where(is_open, spread.relevance * scores - (1 - spread.relevance) * max_similarity, -np.inf)
            best = int(gains.argmax())
            is_open[best] = False
            if _is_capped(items[considered[best].item_id], counts, caps):
                continue
            selected.append(best)
            counts.update(_cap_keys(items[considered[best].item_id]))
            max_similarity = np.maximum(max_similarity, matrix @ matrix[best])
        is_open[[i for i in range(len(considered)) if i not in selected]] = True
    return [considered[i] for i in selected]


def _cap_keys(item: PoolItem) -> list[tuple[str, int | str]]:
    """Keys that caps count by. Tracks of one album, and the album itself, share a parent key."""
    genre = item.labels[0] if item.labels else ""
    return [
        ("parent", item.parent_id or item.item_id),
        ("genre", genre),
        *(("lead", lead) for lead in item.main_creators),
    ]


def _is_capped(item: PoolItem, counts: Mapping[tuple[str, int | str], int], caps: Mapping[str, int]) -> bool:
    return any(counts.get(key, 0) >= caps[key[0]] for key in _cap_keys(item))


def _stack(
    candidates: Sequence[Candidate], vectors: Mapping[int, Vector]
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    dims = len(next(iter(vectors.values()))) if vectors else 1
    zeros = np.zeros(dims, dtype=np.float32)
    return (
        np.stack([vectors.get(c.item_id, zeros) for c in candidates]) if candidates else np.zeros((0, dims), np.float32)
    )


def leave_out(candidates: Sequence[Candidate], used: Collection[int]) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate.item_id not in used]
