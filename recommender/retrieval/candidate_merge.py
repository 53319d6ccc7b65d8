"""Merges the lists of several candidate sources. Knows ranks and source names, no tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest

from recommender.rank_fusion import reciprocal_rank_fusion
from recommender.types import Candidate


def merge_candidates(candidates: Iterable[Candidate]) -> dict[int, Candidate]:
    """One candidate per item, with the scores of every source that proposed it."""
    merged: dict[int, dict[str, float]] = {}
    for candidate in candidates:
        merged.setdefault(candidate.item_id, {}).update(candidate.sources)
    return {item_id: Candidate(item_id, "", sources) for item_id, sources in merged.items()}


def round_robin(answers: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """Round-robin merge: the first of each list, then the second of each, and so on."""
    rounds = zip_longest(*answers)
    return list(merge_candidates(c for c in chain.from_iterable(rounds) if c is not None).values())


def fuse_candidates(lists: Sequence[Sequence[Candidate]], room: int) -> dict[int, Candidate]:
    """The `room` best by reciprocal rank fusion. Each list is ordered best first; ties go to the lower ID."""
    scores = reciprocal_rank_fusion([candidate.item_id for candidate in candidates] for candidates in lists)
    selected = set(sorted(scores, key=lambda item_id: (-scores[item_id], item_id))[:room])
    return merge_candidates(c for candidates in lists for c in candidates if c.item_id in selected)
