"""Feature importance per medium: a person's ranking weights as percentages with readable labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from recommender.candidate_scoring.past_choices import learn_feature_statistics
from recommender.items.media_types import MEDIUM_OF, MEDIUM_TITLES
from recommender.ranking.feature_weights import FEATURES
from recommender.ranking.scoring import choose_weights
from recommender.taste.person_vector import load_person_vector
from recommender.taste.profile import load_profile

LABELS = {
    "taste": "What tends to follow what you chose",
    "content": "Likeness to works you took to",
    "affinity": "Genres and tags",
    "credits": "The people behind them",
    "popularity": "How well known they are",
}


@dataclass(frozen=True)
class FeatureImportance:
    """`parts` are labels with whole percents, the largest first; `choices` is how many were learned from."""

    title: str
    choices: int
    parts: tuple[tuple[str, int], ...]


def list_feature_importance(person_id: int) -> list[FeatureImportance]:
    """For each medium with liked items, the one with most of them first."""
    profile = load_profile(person_id)
    person = load_person_vector(profile.history)
    liked = profile.history.positive_ids
    mediums = Counter(MEDIUM_OF[profile.history.kinds[item_id]] for item_id in liked)
    importances = []
    for medium, _ in mediums.most_common():
        statistics = learn_feature_statistics(profile, medium)
        weights = choose_weights(medium, len(liked), is_directed=False, statistics=statistics)
        used = {name: getattr(weights, name) for name in FEATURES if name != "taste" or person is not None}
        total = sum(used.values()) or 1.0
        parts = sorted(((LABELS[name], round(100 * weight / total)) for name, weight in used.items()), key=_by_share)
        importances.append(
            FeatureImportance(MEDIUM_TITLES[medium], statistics.choices if statistics else 0, tuple(parts))
        )
    return importances


def _by_share(part: tuple[str, int]) -> int:
    return -part[1]
