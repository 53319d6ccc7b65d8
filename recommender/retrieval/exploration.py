"""Exploration: tags candidates that share no label with what the person usually likes, scored by popularity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.taste.profile import Profile
from recommender.types import Candidate

NAME = "explore"


@dataclass(frozen=True)
class FrequentLabel:
    """When a label counts as frequent: on this share of the liked items and on at least so many of them."""

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
    """Adds the source "explore", scored by the item's popularity, to candidates without a frequent label."""
    frequent = set(list_frequent_labels(profile))
    if not frequent:
        return dict(candidates)
    return {
        item_id: Candidate(item_id, candidate.kind, {**candidate.sources, NAME: known[item_id]})
        if words[item_id] and frequent.isdisjoint(words[item_id])
        else candidate
        for item_id, candidate in candidates.items()
    }


def list_frequent_labels(profile: Profile) -> list[str]:
    """Labels that stand on many of the items this person liked, the most frequent first."""
    liked = min(len(profile.history.positive_ids), len(profile.details))
    counts = {
        label: len(ids)
        for label, ids in profile.label_frequencies.items()
        if len(ids) >= max(FREQUENT_LABEL.items, FREQUENT_LABEL.share * liked)
    }
    return sorted(counts, key=lambda label: (-counts[label], label))[: FREQUENT_LABEL.most]
