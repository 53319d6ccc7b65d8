"""Lists of candidates become one. Knows ranks and names of sources, no tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest

from recommender.types import Candidate

RANK_OFFSET = 60  # as published: a source's first place counts for little more than its fifth


def merge_candidates(found: Iterable[Candidate]) -> dict[int, Candidate]:
    """One candidate per item, with every source that named it."""
    merged: dict[int, dict[str, float]] = {}
    for candidate in found:
        merged.setdefault(candidate.item_id, {}).update(candidate.sources)
    return {item_id: Candidate(item_id, "", sources) for item_id, sources in merged.items()}


def round_robin(answers: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """First the best of each list, then the second of each: what one source found in several places, best first."""
    turns = zip_longest(*answers)
    return list(merge_candidates(c for c in chain.from_iterable(turns) if c is not None).values())


def reciprocal_rank_fusion(lists: Sequence[Sequence[Candidate]], room: int) -> dict[int, Candidate]:
    """The `room` best by reciprocal rank (Cormack et al., 2009): each list best first, and scores need no scale."""
    scores: dict[int, float] = defaultdict(float)
    for candidates in lists:
        for rank, candidate in enumerate(candidates, start=1):
            scores[candidate.item_id] += 1 / (RANK_OFFSET + rank)
    kept = set(sorted(scores, key=lambda item_id: (-scores[item_id], item_id))[:room])
    return merge_candidates(c for candidates in lists for c in candidates if c.item_id in kept)
