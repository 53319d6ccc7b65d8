"""The user profile that all stages read, cached until the person's history changes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from mediarec.library.models import Role
from recommender.caching import TTLCache
from recommender.items.details import ItemDetail, load_credits, load_details
from recommender.items.labels import LabelFrequencies, count_labels, label_affinities
from recommender.items.media_types import MEDIUM_OF, Medium
from recommender.models import EmbeddingSpace, Modality
from recommender.taste.history import History, load_history
from recommender.taste.overrides import TasteOverrides, load_overrides
from recommender.types import Vector
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

PROFILE_ITEMS = 400  # newest liked items that are compared one by one; older ones count through affinities
PROFILE_NEGATIVES = 100
CACHED_PEOPLE = 32
MIN_MEDIUM_SHARE = 0.08  # minimum share of a mixed page for a medium without history
ROLE_WEIGHTS: dict[str, float] = {
    Role.DIRECTOR: 1.0,
    Role.CREATOR: 1.0,
    Role.ARTIST: 1.0,
    Role.COMPOSER: 0.7,
    Role.CHANNEL: 0.7,
    Role.WRITER: 0.6,
    Role.ACTOR: 0.3,
}
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]


@dataclass(frozen=True)
class VectorSet:
    """Item vectors and weights, aligned with `item_ids`."""

    item_ids: tuple[int, ...] = ()
    matrix: Matrix = field(default_factory=lambda: np.zeros((0, 1), dtype=np.float32))  # (n, dims), unit length
    weights: Vector = field(default_factory=lambda: np.zeros(0, dtype=np.float32))  # (n,), positive


@dataclass(frozen=True)
class Credits:
    """A contributor's name and their roles on the person's liked items."""

    name: str
    roles: Mapping[int, frozenset[str]]  # liked item -> roles there


@dataclass(frozen=True)
class Profile:
    """`liked` and `disliked` hold text vectors; `shares` are the media's shares of a mixed page."""

    history: History
    liked: VectorSet
    disliked: VectorSet
    affinities: Mapping[str, float]
    label_frequencies: Mapping[str, tuple[int, ...]]  # label -> liked items that have it, newest first
    contributors: Mapping[int, Credits]
    details: Mapping[int, ItemDetail]
    shares: Mapping[Medium, float]
    counts: LabelFrequencies
    sentences: tuple[tuple[str, float], ...] = ()  # in the person's own words, with sign times weight

    @property
    def is_cold(self) -> bool:
        return not self.history.positive_ids

    @cached_property
    def followed(self) -> dict[int, float]:
        """Affinity per contributor: the weights of their liked items, each times that of their best role on it."""
        weights = self.history.item_weights
        return {
            contributor_id: sum(
                weights[item_id] * max(ROLE_WEIGHTS[role] for role in roles) for item_id, roles in credits.roles.items()
            )
            for contributor_id, credits in self.contributors.items()
        }

    def text_vector(self, medium: Medium | None = None) -> Vector | None:
        """(D,) unit vector of the liked items of a medium, less a part of the disliked ones; None if nothing is liked.

        For a medium without likes, the vector over all media.
        """
        kinds = self.history.kinds
        in_medium = [medium is None or MEDIUM_OF[kinds[i]] == medium for i in self.liked.item_ids]
        if not any(in_medium):
            return None if medium is None else self.text_vector(None)
        liked = self.liked.matrix[in_medium].T @ self.liked.weights[in_medium]
        if len(self.disliked.item_ids):
            total = float(self.liked.weights[in_medium].sum())
            dislikes = self.disliked.matrix.T @ self.disliked.weights
            liked = liked - DISLIKE_PULL * dislikes * (total / max(total, float(self.disliked.weights.sum())))
        return _unit(liked)


DISLIKE_PULL = 0.35  # at full weight dislikes would push the vector away from everything liked
INCOMPLETE_SECONDS = 20.0  # lifetime of a profile while some liked items are not embedded yet
_cache: TTLCache[int, Profile] = TTLCache(CACHED_PEOPLE)


def load_profile(person_id: int) -> Profile:
    history = load_history(person_id)
    counts = count_labels()
    space = serving_space(Modality.TEXT)
    overrides = load_overrides(person_id)
    return _cache.get(
        person_id,
        lambda: build_profile(history, space, counts, overrides),
        version=(history.key, space.pk if space else 0, id(counts), overrides),
        lifetime=_find_lifetime,
    )


def _find_lifetime(profile: Profile) -> float:
    is_complete = len(profile.liked.item_ids) == min(PROFILE_ITEMS, len(profile.history.positive_ids))
    return math.inf if is_complete else INCOMPLETE_SECONDS


def build_profile(
    history: History, space: EmbeddingSpace | None, counts: LabelFrequencies, corrections: TasteOverrides
) -> Profile:
    liked_ids = history.positive_ids[:PROFILE_ITEMS]
    disliked_ids = history.negative_ids[:PROFILE_NEGATIVES]
    details = load_details([*liked_ids, *disliked_ids])
    ids_by_label: dict[str, list[int]] = defaultdict(list)
    for item_id in liked_ids:
        for label in details[item_id].labels if item_id in details else ():
            ids_by_label[label].append(item_id)
    return Profile(
        history=history,
        liked=_stack(space, liked_ids, history.item_weights),
        disliked=_stack(space, disliked_ids, history.item_weights),
        affinities=corrections.apply(
            label_affinities({i: d.labels for i, d in details.items()}, history.item_weights, counts)
        ),
        label_frequencies={label: tuple(ids) for label, ids in ids_by_label.items()},
        contributors=_gather_contributors(liked_ids),
        details=details,
        shares=media_shares(history),
        counts=counts,
        sentences=corrections.sentences,
    )


def media_shares(history: History) -> dict[Medium, float]:
    """Share per medium by the root of its weights: songs are short, so plays of them must not drown films."""
    sums = dict.fromkeys(Medium, 0.0)
    for item_id in history.positive_ids:
        sums[MEDIUM_OF[history.kinds[item_id]]] += history.item_weights[item_id]
    root_weights = {medium: float(np.sqrt(total)) for medium, total in sums.items()}
    total = sum(root_weights.values())
    if total == 0:
        return dict.fromkeys(Medium, 1 / len(Medium))
    return {medium: max(MIN_MEDIUM_SHARE, root / total) for medium, root in root_weights.items()}


def _stack(space: EmbeddingSpace | None, item_ids: list[int], weights: Mapping[int, float]) -> VectorSet:
    vectors = load_cached_vectors(space, item_ids)
    embedded = tuple(item_id for item_id in item_ids if item_id in vectors)
    if not embedded:
        return VectorSet()
    magnitudes = np.array([abs(weights[item_id]) for item_id in embedded], dtype=np.float32)
    return VectorSet(embedded, np.stack([vectors[item_id] for item_id in embedded]), magnitudes)


def _gather_contributors(item_ids: Sequence[int]) -> dict[int, Credits]:
    """Credits by contributor, their items in the given order."""
    credits = load_credits(item_ids)
    names: dict[int, str] = {}
    roles: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item_id in item_ids:
        for credit in credits.get(item_id, ()):
            names[credit.contributor_id] = credit.name
            roles[credit.contributor_id][item_id].add(credit.role)
    return {
        contributor_id: Credits(
            names[contributor_id], {i: frozenset(item_roles) for i, item_roles in roles_by_item.items()}
        )
        for contributor_id, roles_by_item in roles.items()
    }


def _unit(vector: Vector) -> Vector | None:
    length = float(np.linalg.norm(vector))
    return (vector / length).astype(np.float32) if length > 1e-6 else None
