"""How much of what speaks for an item hangs on one cause: what is lost when it alone is taken away. Words nothing."""

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

LEAST_SHARE = 0.01  # less than a hundredth of a score is not worth a number
NOTHING = math.nan  # a feature that is not known counts as the pool's average
Changes = dict[str, float]


def attribute_causes(
    causes: Sequence[Cause], item: PoolItem, candidate: Candidate, ground: ExplanationContext
) -> list[Cause]:
    """The causes with their shares; what much of the score hangs on comes before what is merely telling."""
    counted = [replace(cause, share=leave_one_out_share(cause, item, candidate, ground)) for cause in causes]
    return sorted(counted, key=lambda cause: -(cause.weight + (cause.share or 0.0)))


def leave_one_out_share(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> float | None:
    """0..1 of what speaks for the item; None where taking the cause away changes nothing that was blended.

    The features that the cause feeds are computed again without it and blended with the same weights, beside the same
    other candidates. What two causes have in common is counted for both, so shares need not add up to one.
    """
    ledger = ground.ranked.breakdowns.get(MEDIUM_OF[item.kind])
    change = _WITHOUT.get(cause.type)
    if ledger is None or change is None or item.item_id not in ledger.rows:
        return None
    share = ledger.contribution(item.item_id, change(cause, item, candidate, ground))
    return share if share is not None and share >= LEAST_SHARE else None


def _without_person(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Changes:
    """As if nothing spoke for this contributor; what a source found by them is not known to be found otherwise."""
    known = ground.ranked.feature_inputs.contributors
    others = {lead: known[lead] for lead in item.main_creators if lead in known and lead != cause.contributor_id}
    return {"credits": weigh_credits(replace(candidate, sources={}), item, others)}


def _without_words(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Changes:
    return {"affinity": _affinity_without(cause.names, item, ground)}


def _affinity_without(words: Collection[str], item: PoolItem, ground: ExplanationContext) -> float:
    own = ground.profile.affinities
    return label_affinity_score(item, {word: own[word] for word in item.labels if word in own and word not in words})


def _without_neighbour(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Changes:
    liked, cosines = ground.profile.liked, ground.cosines.get(item.item_id)
    compared = liked.item_ids[:COMPARED_LIKED]
    if cosines is None or cause.source_id not in compared:
        return {}
    kept = np.array([item_id != cause.source_id for item_id in compared])
    row, weights = cosines[:COMPARED_LIKED][kept], liked.weights[:COMPARED_LIKED][kept]
    return {"content": float(mean_of_nearest(row[None, :], weights)[0])}


def _without_statement(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Changes:
    """The sentence's words and, where it is the person's own, the pull of its meaning."""
    words = next((s.words for s in ground.statements if s.label in cause.names), frozenset())
    changed = {"affinity": _affinity_without(words, item, ground)}
    own = [pull for pull in ground.ranked.feature_inputs.directions if pull.sentence and pull.sentence in cause.names]
    if own:
        ledger = ground.ranked.breakdowns[MEDIUM_OF[item.kind]]
        changed["stated"] = ledger.value(item.item_id, "stated") - sum(_measure(pull, item, ground) for pull in own)
    return changed


def _measure(pull: PreferenceDirection, item: PoolItem, ground: ExplanationContext) -> float:
    """What a pull gave this item, measured beside the same candidates."""
    medium = MEDIUM_OF[item.kind]
    ledger = ground.ranked.breakdowns[medium]
    ranked = ground.ranked
    beside = [c for c in ranked.candidates if MEDIUM_OF[c.kind] == medium]
    return float(pull.measure(beside, {}, ranked.vectors)[ledger.rows[item.item_id]])


def _without_seed(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Changes:
    if len(ground.seed_titles) == 1:
        return {"seed": NOTHING, "seed_credits": 0.0, "named": 0.0}
    vector = ground.vectors.get(item.item_id)
    kept = [v for i, v in ground.seed_vectors.items() if i != cause.source_id]
    return {"seed": float(np.mean([vector @ other for other in kept]))} if vector is not None and kept else {}


def _without_query(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Changes:
    return {"query": NOTHING, "words": 0.0, "named": 0.0}


def _without_sequence(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Changes:
    return {"taste": NOTHING}


def _without_popularity(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Changes:
    return {"popularity": NOTHING}


def _without_freshness(cause: Cause, item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Changes:
    return {"fresh": 0.0} if "fresh" in candidate.sources else {}


# For each kind of cause the features it feeds, as they would be without it. What is merely unusual feeds none.
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
