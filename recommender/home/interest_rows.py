"""A person's several tastes on the home page: shelves named after them, and a row divided by their shares."""

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
LEAST_ITEMS = 5  # of a shelf
LEAST_OF_MEDIUM = 0.6  # of an interest's members, to stand in for the shelf of that medium
WIDER = 3  # times the row's length is picked first, so that every interest has enough to choose from


@dataclass(frozen=True)
class InterestRow:
    """Who may stand on a shelf named after an interest; `instead_of` is the medium that it speaks for, if any."""

    key: str
    title: str
    subtitle: str
    candidates: tuple[Candidate, ...]
    shares: Mapping[Medium, float]
    instead_of: Medium | None


@dataclass(frozen=True)
class InterestAssignment:
    """Which interest each candidate belongs to, and what part of a row each interest has."""

    place_of: Mapping[int, int] = field(default_factory=dict)
    shares: Sequence[float] = ()


def assign_candidates(ranked: RankedPool, own: PersonInterests) -> InterestAssignment:
    """Each candidate to the interest whose centre is nearest; one without a vector belongs to none."""
    if not own.are_several:
        return InterestAssignment()
    ids = [candidate.item_id for candidate in ranked.candidates]
    vectors = ranked.vectors if own.modality == Modality.TEXT else load_cached_vectors(serving_space(own.modality), ids)
    known = [item_id for item_id in ids if item_id in vectors]
    if not known:
        return InterestAssignment()
    nearest = np.argmax(np.stack([vectors[i] for i in known]) @ own.centres.T, axis=1)
    return InterestAssignment(dict(zip(known, nearest.tolist(), strict=True)), own.shares)


def list_interest_rows(
    ranked: RankedPool,
    items: Mapping[int, PoolItem],
    profile: Profile,
    own: PersonInterests,
    division: InterestAssignment,
) -> list[InterestRow]:
    """At most three, the largest interests first; [] for a person of one taste."""
    if not division.place_of:
        return []
    shelves = []
    for place in range(len(own.interests)):
        candidates = [c for c in ranked.candidates if division.place_of.get(c.item_id) == place]
        if len(candidates) >= LEAST_ITEMS:
            shelves.append(_name_row(place, candidates, items, profile, own))
    return shelves[:MAX_ROWS]


def _name_row(
    place: int, candidates: Sequence[Candidate], items: Mapping[int, PoolItem], profile: Profile, own: PersonInterests
) -> InterestRow:
    members = own.members(place)
    others = [own.members(other) for other in range(len(own.interests)) if other != place]
    name = label_interest(profile, members, others)
    fitting = [c for c in candidates if set(name.words) <= set(items[c.item_id].labels)]
    if len(fitting) < LEAST_ITEMS:  # the name would promise what the shelf does not hold
        name, fitting = label_by_titles(profile.history, members), list(candidates)
    counts = Counter(MEDIUM_OF[profile.history.kinds[item_id]] for item_id in members)
    shares = {medium: count / len(members) for medium, count in counts.items()}
    main = max(counts, key=lambda medium: (counts[medium], medium))
    return InterestRow(
        key=f"interest-{place + 1}",
        title=name.title,
        subtitle=describe_evidence(profile.history, members),
        candidates=tuple(fitting),
        shares=shares,
        instead_of=main if shares[main] >= LEAST_OF_MEDIUM else None,
    )


def lengthen(spread: DiversitySettings) -> DiversitySettings:
    """For a row `WIDER` times as long: one album and one maker still take no more places than in a short one."""
    return replace(spread, contributor_share=spread.contributor_share / WIDER, parent_share=spread.parent_share / WIDER)


def pick_in_proportion(
    long_row: Sequence[Candidate], candidates: Sequence[Candidate], limit: int, division: InterestAssignment
) -> list[Candidate]:
    """Out of a row picked `WIDER` times too long, so many of each interest as its share of the places."""
    room = allocate_slots(division.shares, limit)
    chosen: set[int] = set()
    rest = sorted(candidates, key=lambda c: (-c.score, c.item_id))  # for an interest that the long row forgot
    for candidate in (*long_row, *rest):
        place = division.place_of.get(candidate.item_id)
        if place is not None and room[place] > 0 and candidate.item_id not in chosen:
            room[place] -= 1
            chosen.add(candidate.item_id)
    for candidate in long_row:
        if len(chosen) < limit:
            chosen.add(candidate.item_id)
    order = {c.item_id: c for c in (*long_row, *rest)}
    return [candidate for item_id, candidate in order.items() if item_id in chosen]
