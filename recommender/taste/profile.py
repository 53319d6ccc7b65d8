"""Everything the stages need of one person, read once and kept until their history changes."""

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

PROFILE_ITEMS = 400  # the newest liked items that are compared one by one; older ones speak through affinities
PROFILE_NEGATIVES = 100
CACHED_PEOPLE = 32
UNHEARD_SHARE = 0.08  # of a page across media, for a medium the person never touched
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
    """Vectors of some items with their weights, in one order."""

    item_ids: tuple[int, ...] = ()
    matrix: Matrix = field(default_factory=lambda: np.zeros((0, 1), dtype=np.float32))  # (n, dims), unit length
    weights: Vector = field(default_factory=lambda: np.zeros(0, dtype=np.float32))  # (n,), positive


@dataclass(frozen=True)
class Credits:
    """One person's or band's name and the liked items they are credited on, by role."""

    name: str
    roles: Mapping[int, frozenset[str]]  # liked item -> roles there


@dataclass(frozen=True)
class Profile:
    """`liked` and `disliked` are in the text space; `shares` is how a page across media is divided."""

    history: History
    liked: VectorSet
    disliked: VectorSet
    affinities: Mapping[str, float]
    label_frequencies: Mapping[str, tuple[int, ...]]  # word -> liked items that carry it, newest first
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
        """How much speaks for each contributor: the weights of the liked items they are on, by their role there."""
        weights = self.history.item_weights
        return {
            contributor_id: sum(
                weights[item_id] * max(ROLE_WEIGHTS[role] for role in roles) for item_id, roles in credits.roles.items()
            )
            for contributor_id, credits in self.contributors.items()
        }

    def text_vector(self, medium: Medium | None = None) -> Vector | None:
        """The direction of what was liked in one medium, away from what was not; None when nothing is known."""
        kinds = self.history.kinds
        own = [medium is None or MEDIUM_OF[kinds[i]] == medium for i in self.liked.item_ids]
        if not any(own):
            return None if medium is None else self.text_vector(None)
        liked = self.liked.matrix[own].T @ self.liked.weights[own]
        if len(self.disliked.item_ids):
            total = float(self.liked.weights[own].sum())
            pull = self.disliked.matrix.T @ self.disliked.weights
            liked = liked - DISLIKE_PULL * pull * (total / max(total, float(self.disliked.weights.sum())))
        return _unit(liked)


DISLIKE_PULL = 0.35  # a dislike turns the direction; whole, it would leave the region of anything liked
INCOMPLETE_SECONDS = 20.0  # while liked items still wait for their vectors, look again that often
_cache: TTLCache[int, Profile] = TTLCache(CACHED_PEOPLE)


def load_profile(person_id: int) -> Profile:
    history = load_history(person_id)
    counts = count_labels()
    space = serving_space(Modality.TEXT)
    corrections = load_overrides(person_id)
    return _cache.get(
        person_id,
        lambda: build_profile(history, space, counts, corrections),
        version=(history.key, space.pk if space else 0, id(counts), corrections),
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
    words: dict[str, list[int]] = defaultdict(list)
    for item_id in liked_ids:
        for word in details[item_id].labels if item_id in details else ():
            words[word].append(item_id)
    return Profile(
        history=history,
        liked=_stack(space, liked_ids, history.item_weights),
        disliked=_stack(space, disliked_ids, history.item_weights),
        affinities=corrections.apply(
            label_affinities({i: d.labels for i, d in details.items()}, history.item_weights, counts)
        ),
        label_frequencies={word: tuple(ids) for word, ids in words.items()},
        contributors=_gather_contributors(liked_ids),
        details=details,
        shares=media_shares(history),
        counts=counts,
        sentences=corrections.sentences,
    )


def media_shares(history: History) -> dict[Medium, float]:
    """By the root of what speaks for each medium: a song takes three minutes, so plays must not drown films."""
    sums = dict.fromkeys(Medium, 0.0)
    for item_id in history.positive_ids:
        sums[MEDIUM_OF[history.kinds[item_id]]] += history.item_weights[item_id]
    roots = {medium: float(np.sqrt(total)) for medium, total in sums.items()}
    total = sum(roots.values())
    if total == 0:
        return dict.fromkeys(Medium, 1 / len(Medium))
    return {medium: max(UNHEARD_SHARE, root / total) for medium, root in roots.items()}


def _stack(space: EmbeddingSpace | None, item_ids: list[int], weights: Mapping[int, float]) -> VectorSet:
    vectors = load_cached_vectors(space, item_ids)
    present = tuple(item_id for item_id in item_ids if item_id in vectors)
    if not present:
        return VectorSet()
    own = np.array([abs(weights[item_id]) for item_id in present], dtype=np.float32)
    return VectorSet(present, np.stack([vectors[item_id] for item_id in present]), own)


def _gather_contributors(item_ids: Sequence[int]) -> dict[int, Credits]:
    """By contributor, the items in the order given."""
    credits = load_credits(item_ids)
    names: dict[int, str] = {}
    roles: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item_id in item_ids:
        for credit in credits.get(item_id, ()):
            names[credit.contributor_id] = credit.name
            roles[credit.contributor_id][item_id].add(credit.role)
    return {
        contributor_id: Credits(names[contributor_id], {i: frozenset(own) for i, own in roles_on.items()})
        for contributor_id, roles_on in roles.items()
    }


def _unit(vector: Vector) -> Vector | None:
    length = float(np.linalg.norm(vector))
    return (vector / length).astype(np.float32) if length > 1e-6 else None
