"""Candidates from genres this person has hardly touched, the better known of them first."""

from __future__ import annotations

from django.db.models import F

from recommender.retrieval.filters import LoweredWords
from recommender.retrieval.scope import Scope
from recommender.taste.profile import Profile
from recommender.types import Candidate

NAME = "explore"
USUAL_SHARE = 0.15  # a word on this share of what was liked is a habit
MAX_USUAL_WORDS = 40


def find_candidates(scope: Scope) -> list[Candidate]:
    usual = list_usual_words(scope.profile)
    if not usual:
        return []
    fitting = scope.items.alias(own_words=LoweredWords(F("genres"), F("tags"))).exclude(own_words__overlap=usual)
    rows = fitting.exclude(genres=[]).order_by("-popularity", "pk").values_list("pk", "popularity")[: scope.limit]
    return [Candidate(item_id, "", {NAME: popularity}) for item_id, popularity in rows]


def list_usual_words(profile: Profile) -> list[str]:
    """Genres and tags this person keeps coming back to, the most frequent first."""
    liked = min(len(profile.history.positive_ids), len(profile.details))
    habits = {w: len(ids) for w, ids in profile.words.items() if len(ids) >= max(2.0, USUAL_SHARE * liked)}
    return sorted(habits, key=lambda word: (-habits[word], word))[:MAX_USUAL_WORDS]
