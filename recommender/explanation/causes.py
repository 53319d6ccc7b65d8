"""Finds what truly speaks for an item: shared rows, near neighbours, statements, words. Words them nowhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mediarec.library.models import Credit
from recommender.ranking.ranker import RankedPool
from recommender.retrieval.pool import PoolItem
from recommender.taste.profile import ROLE_WEIGHTS, Profile
from recommender.types import Candidate, EvidenceType, Vector
from recommender.vectors.sql import any_of


@dataclass(frozen=True)
class Thresholds:
    """When something shared is worth saying."""

    common_share: float = 0.6  # a word on more of the catalogue than this says nothing
    near_cosine: float = 0.5  # MiniLM cards of unrelated works mostly stay below 0.4
    focus_slack: float = 0.1  # on a row about one item a cosine of 0.4 to it is near enough to say
    query_cosine: float = 0.3
    max_words: int = 2
    max_carriers: int = 12
    known_popularity: float = 0.5


THRESHOLDS = Thresholds()
FOCUS_GAIN = 0.6  # a row about one item speaks of that item wherever it truly can


@dataclass(frozen=True)
class Cause:
    """One true cause. `names` are the contributors or words shared; `role` is the contributor's on this item.

    `share` is how much of what speaks for the item is lost without it; None where that cannot be counted.
    """

    type: EvidenceType
    weight: float
    source_id: int | None = None
    source_title: str = ""
    praise: str = ""  # what the person did with the source: liked, finished, rated, played
    source_kind: str = ""
    names: tuple[str, ...] = ()
    role: str = ""
    contributor_id: int | None = None
    share: float | None = None


@dataclass(frozen=True)
class StatementFact:
    """An active positive statement: its wording and the words an item must all carry to fit it."""

    label: str
    words: frozenset[str]


@dataclass(frozen=True)
class ExplanationContext:
    """What causes are read from: the person, and the vectors and shared credits of the items to explain."""

    profile: Profile
    vectors: Mapping[int, Vector] = field(default_factory=dict)
    shared_credits: Mapping[int, Sequence[tuple[int, str]]] = field(default_factory=dict)  # item -> (contributor, role)
    statements: Sequence[StatementFact] = ()
    query: str = ""
    query_vector: Vector | None = None
    seed_titles: Mapping[int, str] = field(default_factory=dict)
    seed_words: Mapping[int, frozenset[str]] = field(default_factory=dict)
    seed_vectors: Mapping[int, Vector] = field(default_factory=dict)
    cosines: Mapping[int, Vector] = field(default_factory=dict)  # item -> cosine to each liked item
    focus_id: int | None = None  # the liked item a row is about
    ranked: RankedPool = field(default_factory=lambda: RankedPool(()))  # what the scores were made of


def similarity_to_liked(vectors: Mapping[int, Vector], profile: Profile) -> dict[int, Vector]:
    """Cosines of every item to the liked items, in one product; {} where the spaces do not match."""
    liked = profile.liked.matrix
    if not vectors or not profile.liked.item_ids or liked.shape[1] != len(next(iter(vectors.values()))):
        return {}
    table = np.stack(list(vectors.values())) @ liked.T
    return dict(zip(vectors, table, strict=True))


def read_shared_credits(item_ids: Collection[int], profile: Profile) -> dict[int, list[tuple[int, str]]]:
    """Credits of these items by contributors of liked items."""
    rows = Credit.objects.filter(any_of("item_id", item_ids)).order_by("position", "pk")
    shared: dict[int, list[tuple[int, str]]] = {}
    for item_id, contributor_id, role in rows.values_list("item_id", "contributor_id", "role"):
        if contributor_id in profile.contributors:
            shared.setdefault(item_id, []).append((contributor_id, role))
    return shared


def find_causes(item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> list[Cause]:
    """Everything true and worth saying, the most telling first; that there is nothing where there is nothing."""
    causes = [
        *_from_seeds(item, candidate, ground),
        *_from_query(item, ground),
        *_from_people(item, ground),
        *_from_words(item, ground),
        *_from_neighbour(item, ground),
        *_from_statements(item, ground),
        *_from_sequence(item, candidate, ground),
        *_from_difference(item, candidate, ground),
        *_from_catalogue(item, candidate),
    ]
    focused = [replace(c, weight=c.weight + FOCUS_GAIN) if _is_focus(c, ground) else c for c in causes]
    return sorted(focused, key=lambda cause: -cause.weight) or [Cause(EvidenceType.UNTOLD, 0.0)]


def _is_focus(cause: Cause, ground: ExplanationContext) -> bool:
    return ground.focus_id is not None and cause.source_id == ground.focus_id


def _is_told(ground: ExplanationContext, item_id: int) -> dict[str, object]:
    history = ground.profile.history
    return {
        "source_id": item_id,
        "source_title": history.titles[item_id],
        "source_kind": history.kinds[item_id],
        "praise": history.positive_signal.get(item_id, ""),
    }


def _speaks(ground: ExplanationContext, item: PoolItem, item_id: int) -> bool:
    return item_id != item.item_id and item_id in ground.profile.history.positive_signal


def _from_people(item: PoolItem, ground: ExplanationContext) -> Iterable[Cause]:
    """One cause per contributor: the liked item they have the same role on, the newest first."""
    told: set[int] = set()
    for contributor_id, role in ground.shared_credits.get(item.item_id, ()):
        credits = ground.profile.contributors[contributor_id]
        sources = [i for i, roles in credits.roles.items() if role in roles and _speaks(ground, item, i)]
        sources.sort(key=lambda source: source != ground.focus_id)
        if sources and contributor_id not in told:
            told.add(contributor_id)
            weight = 0.9 * ROLE_WEIGHTS[role] + 0.02 * min(5, len(sources))
            person = Cause(EvidenceType.PERSON, weight, names=(credits.name,), role=role, contributor_id=contributor_id)
            yield replace(person, **_is_told(ground, sources[0]))  # type: ignore[arg-type]


def _from_words(item: PoolItem, ground: ExplanationContext) -> Iterable[Cause]:
    """The liked items sharing the rarest words, best first, at most two."""
    specific = specific_words(item.labels, ground)
    gains: dict[int, float] = {}
    for word, rarity in specific.items():
        for source in _newest_labelled(word, ground):
            if _speaks(ground, item, source):
                gains[source] = gains.get(source, 0.0) + rarity
    order = {source: place for place, source in enumerate(gains)}
    ranked = sorted(gains, key=lambda s: (s != ground.focus_id, -round(gains[s], 6), order[s]))
    for source in ranked[:2]:
        shared = [w for w in specific if source in ground.profile.label_frequencies.get(w, ())][: THRESHOLDS.max_words]
        weight = min(0.85, 0.15 + 0.1 * gains[source])
        yield Cause(EvidenceType.TAG, weight, names=tuple(shared), **_is_told(ground, source))  # type: ignore[arg-type]


def _newest_labelled(word: str, ground: ExplanationContext) -> Sequence[int]:
    """The newest are enough to choose from; a common word stands on hundreds."""
    carriers = ground.profile.label_frequencies.get(word, ())
    newest = carriers[: THRESHOLDS.max_carriers]
    return (*newest, ground.focus_id) if ground.focus_id in carriers[THRESHOLDS.max_carriers :] else newest


def specific_words(words: Iterable[str], ground: ExplanationContext) -> dict[str, float]:
    """Words rare enough to mean something, the rarest first, with their information in nats."""
    shares = {word: ground.profile.counts.share(word) for word in words}
    rare = sorted((w for w, share in shares.items() if share < THRESHOLDS.common_share), key=lambda w: (shares[w], w))
    return {word: float(-np.log(shares[word])) for word in rare}


def _from_neighbour(item: PoolItem, ground: ExplanationContext) -> Iterable[Cause]:
    liked = ground.profile.liked
    if item.item_id not in ground.cosines:
        return
    cosines = ground.cosines[item.item_id].copy()
    if ground.focus_id in liked.item_ids:
        cosines[liked.item_ids.index(ground.focus_id)] += THRESHOLDS.focus_slack
    for place in np.argsort(-cosines)[:3]:
        source = liked.item_ids[int(place)]
        if cosines[place] >= THRESHOLDS.near_cosine and _speaks(ground, item, source):
            yield Cause(EvidenceType.NEAREST, 0.7 * float(cosines[place]), **_is_told(ground, source))  # type: ignore[arg-type]
            return


def _from_statements(item: PoolItem, ground: ExplanationContext) -> Iterable[Cause]:
    own = set(item.labels)
    for statement in ground.statements:
        if statement.words and statement.words <= own:
            yield Cause(EvidenceType.STATEMENT, 0.45, names=(statement.label,))
            return


def _from_seeds(item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Iterable[Cause]:
    if "seed" not in candidate.sources:
        return
    specific = specific_words(item.labels, ground)
    for seed_id, title in ground.seed_titles.items():
        shared = [word for word in specific if word in ground.seed_words.get(seed_id, frozenset())]
        weight = 1.0 + 0.1 * len(shared)
        yield Cause(EvidenceType.SEED, weight, seed_id, title, names=tuple(shared[: THRESHOLDS.max_words]))


def _from_query(item: PoolItem, ground: ExplanationContext) -> Iterable[Cause]:
    """Words that stand in the title, genres or tags; else nearness in meaning, said as that."""
    terms = list(dict.fromkeys(re.findall(r"\w{3,}", ground.query.lower())))
    own = dict.fromkeys(re.findall(r"\w+", f"{item.title} {' '.join(item.labels)}".lower()))
    begun = [word for word in own if word.startswith(terms[-1])] if terms else []  # the last word may be half typed
    found = tuple(dict.fromkeys([term for term in terms if term in own] + begun[:1]))
    vector = ground.vectors.get(item.item_id)
    if found:
        yield Cause(EvidenceType.WORDS, 1.2, names=found, role="literal")
    elif _cosine(vector, ground.query_vector) >= THRESHOLDS.query_cosine:
        yield Cause(EvidenceType.WORDS, 0.6, names=(ground.query.strip(),), role="meaning")


def _cosine(first: Vector | None, second: Vector | None) -> float:
    return -1.0 if first is None or second is None else float(first @ second)


def _from_sequence(item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Iterable[Cause]:
    recent = ground.profile.history.positive_ids[:1]
    if "sequence" in candidate.sources and recent and _speaks(ground, item, recent[0]):
        yield Cause(EvidenceType.SEQUENCE, 0.3, **_is_told(ground, recent[0]))  # type: ignore[arg-type]


def _from_difference(item: PoolItem, candidate: Candidate, ground: ExplanationContext) -> Iterable[Cause]:
    if "explore" in candidate.sources and item.labels and item.labels[0] not in ground.profile.label_frequencies:
        yield Cause(EvidenceType.DIFFERENT, 0.25, names=(item.labels[0],))


def _from_catalogue(item: PoolItem, candidate: Candidate) -> Iterable[Cause]:
    if "popular" in candidate.sources and item.popularity >= THRESHOLDS.known_popularity:
        yield Cause(EvidenceType.POPULAR, 0.15 + 0.05 * item.popularity)
    if "fresh" in candidate.sources:
        yield Cause(EvidenceType.NEW, 0.2, names=(f"{item.created_at:%-d %B %Y}",))
