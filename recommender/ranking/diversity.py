"""Which of the well-scored candidates stand together on one row: different from each other, media in proportion."""

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
    """How mixed a row is. `relevance` is the share of score against likeness (MMR, Carbonell and Goldstein 1998)."""

    relevance: float = 0.75
    contributor_share: float = 1 / 6  # of a row of twelve, two places
    parent_share: float = 1 / 12
    genre_share: float = 1.0
    considered: int = 80  # best-scored candidates per medium that are compared with each other

    def caps(self, limit: int) -> dict[str, int]:
        """How many places of a row one album, one maker and one genre may take."""
        shares = {"parent": self.parent_share, "lead": self.contributor_share, "genre": self.genre_share}
        return {name: max(1, round(share * limit)) for name, share in shares.items()}

    def no_caps(self, limit: int) -> dict[str, int]:
        return dict.fromkeys(self.caps(limit), limit)


def select_diverse(
    candidates: Sequence[Candidate], items: Mapping[int, PoolItem], vectors: Mapping[int, Vector], limit: int,
    shares: Mapping[Medium, float], spread: DiversitySettings = DiversitySettings(),
) -> list[Candidate]:  # fmt: skip
    """At most `limit` candidates. Each medium is picked on its own scores, then the mediums take turns by share.

    The caps are wishes: a row that would stay short takes what they left out.
    """
    by_medium: dict[Medium, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda c: (-c.score, c.item_id)):
        by_medium.setdefault(MEDIUM_OF[candidate.kind], []).append(candidate)
    ordered = {medium: _diversify(own, items, vectors, limit, spread) for medium, own in by_medium.items()}
    return interleave_by_share(ordered, shares, limit)


def interleave_by_share(
    ordered: Mapping[Medium, Sequence[Candidate]], shares: Mapping[Medium, float], limit: int
) -> list[Candidate]:
    """The next place goes to the medium furthest behind its share (highest averages, as seats are divided)."""
    waiting = {medium: list(own) for medium, own in ordered.items() if own}
    taken = Counter[Medium]()
    row: list[Candidate] = []
    while waiting and len(row) < limit:
        medium = max(waiting, key=lambda m: (shares.get(m, 0.0) / (taken[m] + 0.5), m))
        row.append(waiting[medium].pop(0))
        taken[medium] += 1
        if not waiting[medium]:
            del waiting[medium]
    return row


MATCH_FEATURES = ("query", "named", "words", "seed", "seed_credits")


def media_shares(candidates: Iterable[Candidate], limit: int) -> dict[Medium, float]:
    """Each medium's part of the best matches to words or seeds, whatever the medium.

    Scores calibrated inside a medium cannot say that the clips fit the words less than the films do; cosines and
    shared words can. Each measure counts as a share of its best, and a match by its square: near misses count little.
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
    """Maximal marginal relevance under the caps, then, if that is not enough, what the caps held back."""
    considered = ranked[: max(spread.considered, 2 * limit)]
    matrix = _stack(considered, vectors)
    closest = np.zeros(len(considered), dtype=np.float32)
    open_places = np.ones(len(considered), dtype=bool)
    scores = np.array([c.score for c in considered], dtype=np.float32)
    picked: list[int] = []
    counts = Counter[tuple[str, int | str]]()
    for caps in (spread.caps(limit), spread.no_caps(limit)):
        while len(picked) < limit and open_places.any():
            gains = np.where(open_places, spread.relevance * scores - (1 - spread.relevance) * closest, -np.inf)
            best = int(gains.argmax())
            open_places[best] = False
            if _is_capped(items[considered[best].item_id], counts, caps):
                continue
            picked.append(best)
            counts.update(_cap_keys(items[considered[best].item_id]))
            closest = np.maximum(closest, matrix @ matrix[best])
        open_places[[i for i in range(len(considered)) if i not in picked]] = True
    return [considered[i] for i in picked]


def _cap_keys(item: PoolItem) -> list[tuple[str, int | str]]:
    """Tracks of one album, and the album itself, share a parent key."""
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
    nothing = np.zeros(dims, dtype=np.float32)
    return (
        np.stack([vectors.get(c.item_id, nothing) for c in candidates])
        if candidates
        else np.zeros((0, dims), np.float32)
    )


def leave_out(candidates: Sequence[Candidate], used: Collection[int]) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate.item_id not in used]
