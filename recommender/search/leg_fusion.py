"""One list out of several: by rank, the best modality winning rather than the mean. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.rank_fusion import RANK_CONSTANT, reciprocal_rank_fusion, relative_weight
from recommender.search.types import Hit, ResultList, SearchResult

AGREEMENT = 0.005  # what the other legs add: it orders what leads in different legs, and outvotes no first place
MOST_OTHERS = 4  # legs besides the best one


def fuse_best(legs: Sequence[ResultList]) -> list[SearchResult]:
    """An item counts by the leg that likes it most, and a little by the others; best first.

    A work that only its subtitles can answer for is first in one leg and absent from the rest: a mean would bury it
    under what is middling everywhere (Wan et al., 2025, "CLaMR", found the same of learned fusion).
    """
    found = [_count(item_id, own) for item_id, own in _collect_votes(legs).items()]
    literal = {leg.name: place for place, leg in enumerate(legs)}  # of equals the one found by the more literal leg
    return sorted(found, key=lambda one: (-one.score, min(literal[name] for name in one.legs), one.item_id))


def fuse_mean(legs: Sequence[ResultList]) -> list[SearchResult]:
    """Reciprocal rank fusion, which `fuse_best` is measured against; 1 for a first place in every leg."""
    scores = reciprocal_rank_fusion([hit.item_id for hit in leg.hits] for leg in legs)
    highest = len(legs) / (RANK_CONSTANT + 1)
    found = [
        SearchResult(item_id, scores[item_id] / highest, own[0][2], tuple(name for _, name, _ in own))
        for item_id, own in _collect_votes(legs).items()
    ]
    return sorted(found, key=lambda one: (-one.score, one.item_id))


def _collect_votes(legs: Sequence[ResultList]) -> dict[int, list[tuple[float, str, Hit]]]:
    votes: dict[int, list[tuple[float, str, Hit]]] = {}
    for leg in legs:
        for rank, hit in enumerate(leg.hits, start=1):
            votes.setdefault(hit.item_id, []).append((relative_weight(rank), leg.name, hit))
    return votes


def _count(item_id: int, votes: Sequence[tuple[float, str, Hit]]) -> SearchResult:
    best = max(votes, key=lambda vote: vote[0])  # of equals the first leg, which is the more literal one
    others = sum(vote for vote, _, _ in votes) - best[0]
    score = (best[0] + AGREEMENT * others) / (1 + AGREEMENT * MOST_OTHERS)
    return SearchResult(item_id, min(1.0, score), best[2], tuple(name for _, name, _ in votes))
