"""Leave-one-out attribution: the share of an item's score that is lost without one cause. Words nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from recommender.explanation.causes import Cause, ExplanationContext
from recommender.items.media_types import MEDIUM_OF
from recommender.ranking.features import COMPARED_LIKED, label_affinity_score, mean_of_nearest, weigh_credits
from recommender.ranking.preference_directions import PreferenceDirection
from recommender.retrieval.pool import PoolItem
from recommender.types import Candidate, EvidenceType

LEAST_SHARE = 0.01  # a smaller share of the score is not shown
NOTHING = math.nan  # a missing feature counts as the pool's average
Changes = dict[str, float]


def attribute_causes(
    causes: Sequence[Cause], item: PoolItem, candidate: Candidate, context: ExplanationContext
) -> list[Cause]:
    """The causes with their shares, sorted by weight plus share, highest first."""
    attributed = [replace(cause, share=leave_one_out_share(cause, item, candidate, context)) for cause in causes]
    return sorted(attributed, key=lambda cause: -(cause.weight + (cause.share or 0.0)))


def leave_one_out_share(
    cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext
) -> float | None:
    """The share, 0..1, of the item's positive score that depends on the cause; None where it feeds no feature.

    The features that the cause feeds are recomputed without it and blended with the same weights, the other candidates
    unchanged. What two causes have in common counts for both, so shares need not add up to one.
    """
    breakdown = context.ranked.breakdowns.get(MEDIUM_OF[item.kind])
    remove = _WITHOUT.get(cause.type)
    if breakdown is None or remove is None or item.item_id not in breakdown.rows:
        return None
    share = breakdown.contribution(item.item_id, remove(cause, item, candidate, context))
    return share if share is not None and share >= LEAST_SHARE else None


def _without_person(cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Changes:
    """Without this contributor. The credit source's score is dropped too: it may have come from them."""
    affinities = context.ranked.feature_inputs.contributors
    others = {
        creator: affinities[creator]
        for creator in item.main_creators
        if creator in affinities and creator != cause.contributor_id
    }
    return {"credits": weigh_credits(replace(candidate, sources={}), item, others)}


def _without_words(cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Changes:
    return {"affinity": _affinity_without(cause.names, item, context)}


def _affinity_without(removed: Collection[str], item: PoolItem, context: ExplanationContext) -> float:
    affinities = context.profile.affinities
    return label_affinity_score(
        item, {label: affinities[label] for label in item.labels if label in affinities and label not in removed}
    )


def _without_neighbour(cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Changes:
    liked, cosines = context.profile.liked, context.cosines.get(item.item_id)
    compared = liked.item_ids[:COMPARED_LIKED]
    if cosines is None or cause.source_id not in compared:
        return {}
    is_other = np.array([item_id != cause.source_id for item_id in compared])
    row, weights = cosines[:COMPARED_LIKED][is_other], liked.weights[:COMPARED_LIKED][is_other]
    return {"content": float(mean_of_nearest(row[None, :], weights)[0])}


def _without_statement(cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Changes:
    """Without the statement's labels and, for a sentence of the person's own, without its preference direction."""
    labels = next((s.words for s in context.statements if s.label in cause.names), frozenset())
    changed = {"affinity": _affinity_without(labels, item, context)}
    directions = [
        direction
        for direction in context.ranked.feature_inputs.directions
        if direction.sentence and direction.sentence in cause.names
    ]
    if directions:
        breakdown = context.ranked.breakdowns[MEDIUM_OF[item.kind]]
        changed["stated"] = breakdown.value(item.item_id, "stated") - sum(
            _measure(direction, item, context) for direction in directions
        )
    return changed


def _measure(direction: PreferenceDirection, item: PoolItem, context: ExplanationContext) -> float:
    """The direction's contribution to this item, standardised over the same candidates."""
    medium = MEDIUM_OF[item.kind]
    breakdown = context.ranked.breakdowns[medium]
    ranked = context.ranked
    candidates = [c for c in ranked.candidates if MEDIUM_OF[c.kind] == medium]
    return float(direction.measure(candidates, {}, ranked.vectors)[breakdown.rows[item.item_id]])


def _without_seed(cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Changes:
    if len(context.seed_titles) == 1:
        return {"seed": NOTHING, "seed_credits": 0.0, "named": 0.0}
    vector = context.vectors.get(item.item_id)
    remaining = [v for i, v in context.seed_vectors.items() if i != cause.source_id]
    return {"seed": float(np.mean([vector @ other for other in remaining]))} if vector is not None and remaining else {}


def _without_query(cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Changes:
    return {"query": NOTHING, "words": 0.0, "named": 0.0}


def _without_sequence(cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Changes:
    return {"taste": NOTHING}


def _without_popularity(cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Changes:
    return {"popularity": NOTHING}


def _without_freshness(cause: Cause, item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Changes:
    return {"fresh": 0.0} if "fresh" in candidate.sources else {}


# Per cause type, the features it feeds as they would be without it. EvidenceType.DIFFERENT feeds none.
_WITHOUT: dict[EvidenceType, Callable[[Cause, PoolItem, Candidate, ExplanationContext], Changes]] = {
    EvidenceType.PERSON: _without_person,
    EvidenceType.TAG: _without_words,
    EvidenceType.NEAREST: _without_neighbour,
    EvidenceType.STATEMENT: _without_statement,
    EvidenceType.SEED: _without_seed,
    EvidenceType.WORDS: _without_query,
    EvidenceType.SEQUENCE: _without_sequence,
    EvidenceType.POPULAR: _without_popularity,
    EvidenceType.NEW: _without_freshness,
}
