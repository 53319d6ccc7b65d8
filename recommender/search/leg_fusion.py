"""Late fusion of the retrievers' result lists by rank: the best modality wins, not the mean. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.rank_fusion import RANK_CONSTANT, reciprocal_rank_fusion, relative_weight
from recommender.search.types import Hit, ResultList, SearchResult

AGREEMENT = 0.005  # weight of the other lists: orders items that lead different lists, and outvotes no first rank
MOST_OTHERS = 4  # lists besides the best one


def fuse_best(legs: Sequence[ResultList]) -> list[SearchResult]:
    """Scores each item by its best rank in any list, plus a little for the others; best first, scores 0..1.

    An item that only its subtitles match leads one list and is absent from the rest: a mean would bury it under items
    that are mediocre everywhere (Wan et al., 2025, "CLaMR", found the same for learned fusion). `legs` are ordered from
    the most literal one, which wins ties.
    """
    results = [_fuse_votes(item_id, votes) for item_id, votes in _collect_votes(legs).items()]
    order = {leg.name: index for index, leg in enumerate(legs)}
    return sorted(results, key=lambda result: (-result.score, min(order[n] for n in result.legs), result.item_id))


def fuse_mean(legs: Sequence[ResultList]) -> list[SearchResult]:
    """Reciprocal rank fusion, the baseline for `fuse_best`; the score is 1 for rank 1 in every list."""
    scores = reciprocal_rank_fusion([hit.item_id for hit in leg.hits] for leg in legs)
    highest = len(legs) / (RANK_CONSTANT + 1)
    results = [
        SearchResult(item_id, scores[item_id] / highest, votes[0][2], tuple(name for _, name, _ in votes))
        for item_id, votes in _collect_votes(legs).items()
    ]
    return sorted(results, key=lambda result: (-result.score, result.item_id))


def _collect_votes(legs: Sequence[ResultList]) -> dict[int, list[tuple[float, str, Hit]]]:
    votes: dict[int, list[tuple[float, str, Hit]]] = {}
    for leg in legs:
        for rank, hit in enumerate(leg.hits, start=1):
            votes.setdefault(hit.item_id, []).append((relative_weight(rank), leg.name, hit))
    return votes


def _fuse_votes(item_id: int, votes: Sequence[tuple[float, str, Hit]]) -> SearchResult:
    best = max(votes, key=lambda vote: vote[0])  # the first, most literal list wins ties
    others = sum(vote for vote, _, _ in votes) - best[0]
    score = (best[0] + AGREEMENT * others) / (1 + AGREEMENT * MOST_OTHERS)
    return SearchResult(item_id, min(1.0, score), best[2], tuple(name for _, name, _ in votes))
