"""How much of what speaks for an item hangs on one cause: what is lost when it alone is taken away. Words nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from recommender.explanation.causes import Background, Cause
from recommender.items.media_types import MEDIUM_OF
from recommender.ranking.features import COMPARED_LIKED, lean, mean_of_nearest, weigh_credits
from recommender.ranking.preference_directions import Pull
from recommender.retrieval.pool import PoolItem
from recommender.types import Candidate, EvidenceType

LEAST_SHARE = 0.01  # less than a hundredth of a score is not worth a number
NOTHING = math.nan  # a feature that is not known counts as the pool's average
Changes = dict[str, float]


def weigh_causes(causes: Sequence[Cause], item: PoolItem, candidate: Candidate, ground: Background) -> list[Cause]:
    """The causes with their shares; what much of the score hangs on comes before what is merely telling."""
    counted = [replace(cause, share=measure_share(cause, item, candidate, ground)) for cause in causes]
    return sorted(counted, key=lambda cause: -(cause.weight + (cause.share or 0.0)))


def measure_share(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> float | None:
    """0..1 of what speaks for the item; None where taking the cause away changes nothing that was blended.

    The features that the cause feeds are computed again without it and blended with the same weights, beside the same
    other candidates. What two causes have in common is counted for both, so shares need not add up to one.
    """
    ledger = ground.ranked.ledgers.get(MEDIUM_OF[item.kind])
    change = _WITHOUT.get(cause.type)
    if ledger is None or change is None or item.item_id not in ledger.places:
        return None
    share = ledger.find_share(item.item_id, change(cause, item, candidate, ground))
    return share if share is not None and share >= LEAST_SHARE else None


def _without_person(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> Changes:
    """As if nothing spoke for this contributor; what a source found by them is not known to be found otherwise."""
    known = ground.ranked.measures.contributors
    others = {lead: known[lead] for lead in item.leads if lead in known and lead != cause.contributor_id}
    return {"credits": weigh_credits(replace(candidate, sources={}), item, others)}


def _without_words(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> Changes:
    return {"leaning": _lean_without(cause.names, item, ground)}


def _lean_without(words: Collection[str], item: PoolItem, ground: Background) -> float:
    own = ground.profile.leanings
    return lean(item, {word: own[word] for word in item.words if word in own and word not in words})


def _without_neighbour(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> Changes:
    liked, cosines = ground.profile.liked, ground.cosines.get(item.item_id)
    compared = liked.item_ids[:COMPARED_LIKED]
    if cosines is None or cause.source_id not in compared:
        return {}
    kept = np.array([item_id != cause.source_id for item_id in compared])
    row, weights = cosines[:COMPARED_LIKED][kept], liked.weights[:COMPARED_LIKED][kept]
    return {"content": float(mean_of_nearest(row[None, :], weights)[0])}


def _without_statement(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> Changes:
    """The sentence's words and, where it is the person's own, the pull of its meaning."""
    words = next((s.words for s in ground.statements if s.label in cause.names), frozenset())
    changed = {"leaning": _lean_without(words, item, ground)}
    own = [pull for pull in ground.ranked.measures.pulls if pull.sentence and pull.sentence in cause.names]
    if own:
        ledger = ground.ranked.ledgers[MEDIUM_OF[item.kind]]
        changed["stated"] = ledger.value(item.item_id, "stated") - sum(_measure(pull, item, ground) for pull in own)
    return changed


def _measure(pull: Pull, item: PoolItem, ground: Background) -> float:
    """What a pull gave this item, measured beside the same candidates."""
    medium = MEDIUM_OF[item.kind]
    ledger = ground.ranked.ledgers[medium]
    ranked = ground.ranked
    beside = [c for c in ranked.candidates if MEDIUM_OF[c.kind] == medium]
    return float(pull.measure(beside, {}, ranked.vectors)[ledger.places[item.item_id]])


def _without_seed(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> Changes:
    if len(ground.seed_titles) == 1:
        return {"seed": NOTHING, "seed_credits": 0.0, "named": 0.0}
    vector = ground.vectors.get(item.item_id)
    kept = [v for i, v in ground.seed_vectors.items() if i != cause.source_id]
    return {"seed": float(np.mean([vector @ other for other in kept]))} if vector is not None and kept else {}


def _without_query(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> Changes:
    return {"query": NOTHING, "words": 0.0, "named": 0.0}


def _without_sequence(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> Changes:
    return {"taste": NOTHING}


def _without_popularity(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> Changes:
    return {"popularity": NOTHING}


def _without_freshness(cause: Cause, item: PoolItem, candidate: Candidate, ground: Background) -> Changes:
    return {"fresh": 0.0} if "fresh" in candidate.sources else {}


# For each kind of cause the features it feeds, as they would be without it. What is merely unusual feeds none.
_WITHOUT: dict[EvidenceType, Callable[[Cause, PoolItem, Candidate, Background], Changes]] = {
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
