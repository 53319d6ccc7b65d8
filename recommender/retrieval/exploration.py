"""Marks what lies outside a person's habits, among candidates already read: the better known of it first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.taste.profile import Profile
from recommender.types import Candidate

NAME = "explore"


@dataclass(frozen=True)
class FrequentLabel:
    """When a genre or tag counts as one: on this share of what was liked, and on at least so many items."""

    share: float = 0.15
    items: int = 2
    most: int = 40


FREQUENT_LABEL = FrequentLabel()


def tag_novel(
    candidates: Mapping[int, Candidate],
    words: Mapping[int, tuple[str, ...]],
    known: Mapping[int, float],
    profile: Profile,
) -> dict[int, Candidate]:
    """Adds the source "explore", scored by how well known the item is, where no word of it is a habit."""
    usual = set(list_frequent_labels(profile))
    if not usual:
        return dict(candidates)
    return {
        item_id: Candidate(item_id, candidate.kind, {**candidate.sources, NAME: known[item_id]})
        if words[item_id] and usual.isdisjoint(words[item_id])
        else candidate
        for item_id, candidate in candidates.items()
    }


def list_frequent_labels(profile: Profile) -> list[str]:
    """Genres and tags this person keeps coming back to, the most frequent first."""
    liked = min(len(profile.history.positive_ids), len(profile.details))
    habits = {
        w: len(ids)
        for w, ids in profile.label_frequencies.items()
        if len(ids) >= max(FREQUENT_LABEL.items, FREQUENT_LABEL.share * liked)
    }
    return sorted(habits, key=lambda word: (-habits[word], word))[: FREQUENT_LABEL.most]
