"""Finds true causes for an item: shared credits and labels, near neighbours, statements, query words. Words nothing."""

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
    """When something shared is worth mentioning."""

    common_share: float = 0.6  # a label on a larger share of the catalogue is uninformative
    near_cosine: float = 0.5  # MiniLM cosines of unrelated item cards mostly stay below 0.4
    focus_slack: float = 0.1  # on a row about one item a cosine of 0.4 to it suffices
    query_cosine: float = 0.3
    max_words: int = 2
    max_carriers: int = 12
    known_popularity: float = 0.5


THRESHOLDS = Thresholds()
FOCUS_GAIN = 0.6  # added weight of causes that name the item a row is about


@dataclass(frozen=True)
class Cause:
    """One true cause. `names` are the shared contributors or labels; `role` is the contributor's role on this item.

    `share` is its leave-one-out attribution, 0..1; None where it cannot be computed.
    """

    type: EvidenceType
    weight: float
    source_id: int | None = None
    source_title: str = ""
    source_action: str = ""  # what the person did with the source: liked, finished, rated, played
    source_kind: str = ""
    names: tuple[str, ...] = ()
    role: str = ""
    contributor_id: int | None = None
    share: float | None = None


@dataclass(frozen=True)
class StatementFact:
    """An active positive statement: its wording and the labels an item must all have to fit it."""

    label: str
    words: frozenset[str]


@dataclass(frozen=True)
class ExplanationContext:
    """The inputs of `find_causes`: the person, and the vectors and shared credits of the items to explain."""

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
    ranked: RankedPool = field(default_factory=lambda: RankedPool(()))  # with the score breakdowns


def similarity_to_liked(vectors: Mapping[int, Vector], profile: Profile) -> dict[int, Vector]:
    """(L,) cosines of every item to the L liked items; {} where dimensions differ or nothing is liked."""
    liked = profile.liked.matrix
    if not vectors or not profile.liked.item_ids or liked.shape[1] != len(next(iter(vectors.values()))):
        return {}
    cosines = np.stack(list(vectors.values())) @ liked.T
    return dict(zip(vectors, cosines, strict=True))


def read_shared_credits(item_ids: Collection[int], profile: Profile) -> dict[int, list[tuple[int, str]]]:
    """Credits of these items by contributors of liked items."""
    rows = Credit.objects.filter(any_of("item_id", item_ids)).order_by("position", "pk")
    shared: dict[int, list[tuple[int, str]]] = {}
    for item_id, contributor_id, role in rows.values_list("item_id", "contributor_id", "role"):
        if contributor_id in profile.contributors:
            shared.setdefault(item_id, []).append((contributor_id, role))
    return shared


def find_causes(item: PoolItem, candidate: Candidate, context: ExplanationContext) -> list[Cause]:
    """All causes worth mentioning, the strongest first; a single UNTOLD cause where there is none."""
    causes = [
        *_from_seeds(item, candidate, context),
        *_from_query(item, context),
        *_from_people(item, context),
        *_from_words(item, context),
        *_from_neighbour(item, context),
        *_from_statements(item, context),
        *_from_sequence(item, candidate, context),
        *_from_difference(item, candidate, context),
        *_from_catalogue(item, candidate),
    ]
    focused = [replace(c, weight=c.weight + FOCUS_GAIN) if _is_focus(c, context) else c for c in causes]
    return sorted(focused, key=lambda cause: -cause.weight) or [Cause(EvidenceType.UNTOLD, 0.0)]


def _is_focus(cause: Cause, context: ExplanationContext) -> bool:
    return context.focus_id is not None and cause.source_id == context.focus_id


def _source_fields(context: ExplanationContext, item_id: int) -> dict[str, object]:
    history = context.profile.history
    return {
        "source_id": item_id,
        "source_title": history.titles[item_id],
        "source_kind": history.kinds[item_id],
        "source_action": history.positive_signal.get(item_id, ""),
    }


def _is_positive_source(context: ExplanationContext, item: PoolItem, item_id: int) -> bool:
    return item_id != item.item_id and item_id in context.profile.history.positive_signal


def _from_people(item: PoolItem, context: ExplanationContext) -> Iterable[Cause]:
    """One cause per contributor: the liked item they have the same role on, the newest first."""
    mentioned: set[int] = set()
    for contributor_id, role in context.shared_credits.get(item.item_id, ()):
        credits = context.profile.contributors[contributor_id]
        sources = [i for i, roles in credits.roles.items() if role in roles and _is_positive_source(context, item, i)]
        sources.sort(key=lambda source: source != context.focus_id)
        if sources and contributor_id not in mentioned:
            mentioned.add(contributor_id)
            weight = 0.9 * ROLE_WEIGHTS[role] + 0.02 * min(5, len(sources))
            person = Cause(EvidenceType.PERSON, weight, names=(credits.name,), role=role, contributor_id=contributor_id)
            yield replace(person, **_source_fields(context, sources[0]))  # type: ignore[arg-type]


def _from_words(item: PoolItem, context: ExplanationContext) -> Iterable[Cause]:
    """At most two causes: the liked items that share the rarest labels, best first."""
    specific = specific_words(item.labels, context)
    information: dict[int, float] = {}
    for label, rarity in specific.items():
        for source in _newest_labelled(label, context):
            if _is_positive_source(context, item, source):
                information[source] = information.get(source, 0.0) + rarity
    index_of = {source: index for index, source in enumerate(information)}
    ranked = sorted(information, key=lambda s: (s != context.focus_id, -round(information[s], 6), index_of[s]))
    for source in ranked[:2]:
        shared = [label for label in specific if source in context.profile.label_frequencies.get(label, ())][
            : THRESHOLDS.max_words
        ]
        weight = min(0.85, 0.15 + 0.1 * information[source])
        yield Cause(EvidenceType.TAG, weight, names=tuple(shared), **_source_fields(context, source))  # type: ignore[arg-type]


def _newest_labelled(word: str, context: ExplanationContext) -> Sequence[int]:
    """The newest liked items with the label, capped (a common label stands on hundreds), and the row's focus item."""
    labelled = context.profile.label_frequencies.get(word, ())
    newest = labelled[: THRESHOLDS.max_carriers]
    return (*newest, context.focus_id) if context.focus_id in labelled[THRESHOLDS.max_carriers :] else newest


def specific_words(words: Iterable[str], context: ExplanationContext) -> dict[str, float]:
    """Labels rare enough to be informative, the rarest first, with their self-information in nats."""
    shares = {word: context.profile.counts.share(word) for word in words}
    rare = sorted((w for w, share in shares.items() if share < THRESHOLDS.common_share), key=lambda w: (shares[w], w))
    return {word: float(-np.log(shares[word])) for word in rare}


def _from_neighbour(item: PoolItem, context: ExplanationContext) -> Iterable[Cause]:
    liked = context.profile.liked
    if item.item_id not in context.cosines:
        return
    cosines = context.cosines[item.item_id].copy()
    if context.focus_id in liked.item_ids:
        cosines[liked.item_ids.index(context.focus_id)] += THRESHOLDS.focus_slack
    for index in np.argsort(-cosines)[:3]:
        source = liked.item_ids[int(index)]
        if cosines[index] >= THRESHOLDS.near_cosine and _is_positive_source(context, item, source):
            yield Cause(EvidenceType.NEAREST, 0.7 * float(cosines[index]), **_source_fields(context, source))  # type: ignore[arg-type]
            return


def _from_statements(item: PoolItem, context: ExplanationContext) -> Iterable[Cause]:
    labels = set(item.labels)
    for statement in context.statements:
        if statement.words and statement.words <= labels:
            yield Cause(EvidenceType.STATEMENT, 0.45, names=(statement.label,))
            return


def _from_seeds(item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Iterable[Cause]:
    if "seed" not in candidate.sources:
        return
    specific = specific_words(item.labels, context)
    for seed_id, title in context.seed_titles.items():
        shared = [word for word in specific if word in context.seed_words.get(seed_id, frozenset())]
        weight = 1.0 + 0.1 * len(shared)
        yield Cause(EvidenceType.SEED, weight, seed_id, title, names=tuple(shared[: THRESHOLDS.max_words]))


def _from_query(item: PoolItem, context: ExplanationContext) -> Iterable[Cause]:
    """Query words found in the title, genres or tags; otherwise similarity in meaning, marked as such."""
    terms = list(dict.fromkeys(re.findall(r"\w{3,}", context.query.lower())))
    item_words = dict.fromkeys(re.findall(r"\w+", f"{item.title} {' '.join(item.labels)}".lower()))
    completions = (
        [word for word in item_words if word.startswith(terms[-1])] if terms else []
    )  # the last word may be a prefix
    matches = tuple(dict.fromkeys([term for term in terms if term in item_words] + completions[:1]))
    vector = context.vectors.get(item.item_id)
    if matches:
        yield Cause(EvidenceType.WORDS, 1.2, names=matches, role="literal")
    elif _cosine(vector, context.query_vector) >= THRESHOLDS.query_cosine:
        yield Cause(EvidenceType.WORDS, 0.6, names=(context.query.strip(),), role="meaning")


def _cosine(first: Vector | None, second: Vector | None) -> float:
    return -1.0 if first is None or second is None else float(first @ second)


def _from_sequence(item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Iterable[Cause]:
    newest = context.profile.history.positive_ids[:1]
    if "sequence" in candidate.sources and newest and _is_positive_source(context, item, newest[0]):
        yield Cause(EvidenceType.SEQUENCE, 0.3, **_source_fields(context, newest[0]))  # type: ignore[arg-type]


def _from_difference(item: PoolItem, candidate: Candidate, context: ExplanationContext) -> Iterable[Cause]:
    if "explore" in candidate.sources and item.labels and item.labels[0] not in context.profile.label_frequencies:
        yield Cause(EvidenceType.DIFFERENT, 0.25, names=(item.labels[0],))


def _from_catalogue(item: PoolItem, candidate: Candidate) -> Iterable[Cause]:
    if "popular" in candidate.sources and item.popularity >= THRESHOLDS.known_popularity:
        yield Cause(EvidenceType.POPULAR, 0.15 + 0.05 * item.popularity)
    if "fresh" in candidate.sources:
        yield Cause(EvidenceType.NEW, 0.2, names=(f"{item.created_at:%-d %B %Y}",))
