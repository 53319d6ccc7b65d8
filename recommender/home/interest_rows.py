"""Interests on the home page: one row per interest, and a mixed row calibrated to their shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recommender.items.media_types import MEDIUM_OF, Medium
from recommender.models import Modality
from recommender.ranking.diversity import DiversitySettings
from recommender.ranking.ranker import RankedPool
from recommender.retrieval.pool import PoolItem
from recommender.taste.interest_labels import describe_evidence, label_by_titles, label_interest
from recommender.taste.interests import allocate_slots
from recommender.taste.person_interests import PersonInterests
from recommender.taste.profile import Profile
from recommender.types import Candidate
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

MAX_ROWS = 3
LEAST_ITEMS = 5  # of a row
LEAST_OF_MEDIUM = 0.6  # share of an interest's members in one medium from which its row replaces that medium's
LONG_ROW_FACTOR = 3  # the long row to calibrate is this many times the row length, so that it covers every interest


@dataclass(frozen=True)
class InterestRow:
    """Candidates for the row of an interest; `instead_of` is the medium whose row it replaces, if any."""

    key: str
    title: str
    subtitle: str
    candidates: tuple[Candidate, ...]
    shares: Mapping[Medium, float]
    instead_of: Medium | None


@dataclass(frozen=True)
class InterestAssignment:
    """The interest of each candidate, as an index by item ID, and each interest's share of a row."""

    interest_of: Mapping[int, int] = field(default_factory=dict)
    shares: Sequence[float] = ()


def assign_candidates(ranked: RankedPool, interests: PersonInterests) -> InterestAssignment:
    """Assigns each candidate to the interest with the nearest centre; one without a vector to none."""
    if not interests.has_several:
        return InterestAssignment()
    ids = [candidate.item_id for candidate in ranked.candidates]
    vectors = (
        ranked.vectors
        if interests.modality == Modality.TEXT
        else load_cached_vectors(serving_space(interests.modality), ids)
    )
    embedded = [item_id for item_id in ids if item_id in vectors]
    if not embedded:
        return InterestAssignment()
    nearest = np.argmax(np.stack([vectors[i] for i in embedded]) @ interests.centres.T, axis=1)
    return InterestAssignment(dict(zip(embedded, nearest.tolist(), strict=True)), interests.shares)


def list_interest_rows(
    ranked: RankedPool,
    items: Mapping[int, PoolItem],
    profile: Profile,
    interests: PersonInterests,
    assignment: InterestAssignment,
) -> list[InterestRow]:
    """At most MAX_ROWS rows, the largest interests first; [] for a person with a single interest."""
    if not assignment.interest_of:
        return []
    rows = []
    for index in range(len(interests.interests)):
        candidates = [c for c in ranked.candidates if assignment.interest_of.get(c.item_id) == index]
        if len(candidates) >= LEAST_ITEMS:
            rows.append(_name_row(index, candidates, items, profile, interests))
    return rows[:MAX_ROWS]


def _name_row(
    index: int,
    candidates: Sequence[Candidate],
    items: Mapping[int, PoolItem],
    profile: Profile,
    interests: PersonInterests,
) -> InterestRow:
    members = interests.members(index)
    others = [interests.members(other) for other in range(len(interests.interests)) if other != index]
    name = label_interest(profile, members, others)
    fitting = [c for c in candidates if set(name.words) <= set(items[c.item_id].labels)]
    if len(fitting) < LEAST_ITEMS:  # too few items fit the name
        name, fitting = label_by_titles(profile.history, members), list(candidates)
    counts = Counter(MEDIUM_OF[profile.history.kinds[item_id]] for item_id in members)
    shares = {medium: count / len(members) for medium, count in counts.items()}
    main = max(counts, key=lambda medium: (counts[medium], medium))
    return InterestRow(
        key=f"interest-{index + 1}",
        title=name.title,
        subtitle=describe_evidence(profile.history, members),
        candidates=tuple(fitting),
        shares=shares,
        instead_of=main if shares[main] >= LEAST_OF_MEDIUM else None,
    )


def scale_caps(spread: DiversitySettings) -> DiversitySettings:
    """Settings for a row `WIDER` times as long, with the caps per album and creator of the short row."""
    return replace(
        spread,
        contributor_share=spread.contributor_share / LONG_ROW_FACTOR,
        parent_share=spread.parent_share / LONG_ROW_FACTOR,
    )


def calibrate_row(
    long_row: Sequence[Candidate], candidates: Sequence[Candidate], limit: int, assignment: InterestAssignment
) -> list[Candidate]:
    """Calibrates a row (Steck, RecSys 2018): `limit` items of the long row, each interest with its share of slots."""
    slots = allocate_slots(assignment.shares, limit)
    selected: set[int] = set()
    rest = sorted(candidates, key=lambda c: (-c.score, c.item_id))  # for interests missing in the long row
    for candidate in (*long_row, *rest):
        interest = assignment.interest_of.get(candidate.item_id)
        if interest is not None and slots[interest] > 0 and candidate.item_id not in selected:
            slots[interest] -= 1
            selected.add(candidate.item_id)
    for candidate in long_row:
        if len(selected) < limit:
            selected.add(candidate.item_id)
    order = {c.item_id: c for c in (*long_row, *rest)}
    return [candidate for item_id, candidate in order.items() if item_id in selected]
