"""A request with standing rules and moods merged in, and what is known of the person."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.ranking.moods import apply_moods
from recommender.taste import steering
from recommender.taste.person_vector import PersonVector, load_person_vector
from recommender.taste.profile import Profile, load_profile
from recommender.types import RecommendRequest


@dataclass(frozen=True)
class ScoringContext:
    """`person` is None where no sequence model serves, or it has nothing to read of the person."""

    request: RecommendRequest
    profile: Profile
    person: PersonVector | None


def load_context(request: RecommendRequest, *, with_rules: bool = True) -> ScoringContext:
    """`with_rules=False` is for a question about items, which the person's standing rules do not change."""
    profile = load_profile(request.person_id)
    request = steering.apply_rules(request) if with_rules else request
    return ScoringContext(apply_moods(request, profile.counts), profile, load_person_vector(profile.history))
