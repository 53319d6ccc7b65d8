"""Lists of candidates become one. Knows ranks and names of sources, no tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest

from recommender.rank_fusion import reciprocal_rank_fusion
from recommender.types import Candidate


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


def fuse_candidates(lists: Sequence[Sequence[Candidate]], room: int) -> dict[int, Candidate]:
    """The `room` best by reciprocal rank fusion, each list best first; of equals the older item."""
    scores = reciprocal_rank_fusion([candidate.item_id for candidate in candidates] for candidates in lists)
    kept = set(sorted(scores, key=lambda item_id: (-scores[item_id], item_id))[:room])
    return merge_candidates(c for candidates in lists for c in candidates if c.item_id in kept)
