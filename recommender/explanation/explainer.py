"""Turns selected candidates into recommendations: causes, one sentence each, whether owned. Ranks nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mediarec.library.models import Item, MediaFile
from recommender.candidate_scoring import ScoredPool
from recommender.explanation.attribution import attribute_causes
from recommender.explanation.causes import (
    ExplanationContext,
    StatementFact,
    find_causes,
    read_shared_credits,
    similarity_to_liked,
)
from recommender.explanation.templates import PhraseRotation, describe_evidence, explain
from recommender.items.labels import item_labels
from recommender.models import Modality, TasteStatement
from recommender.retrieval.pool import PoolItem
from recommender.taste.overrides import read_labels
from recommender.types import Candidate, Recommendation
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space
from recommender.vectors.sql import any_of


@dataclass(frozen=True)
class Explainer:
    """Everything one page needs to explain its items, loaded in a handful of queries."""

    items: Mapping[int, PoolItem]
    context: ExplanationContext
    owned: frozenset[int]
    rotation: PhraseRotation

    def describe(self, candidates: Sequence[Candidate], focus_id: int | None = None) -> tuple[Recommendation, ...]:
        """One line per candidate. `focus_id` is the liked item a row is about: causes that name it come first."""
        context = replace(self.context, focus_id=focus_id)
        return tuple(self._describe_one(candidate, context) for candidate in candidates)

    def _describe_one(self, candidate: Candidate, context: ExplanationContext) -> Recommendation:
        item = self.items[candidate.item_id]
        causes = attribute_causes(find_causes(item, candidate, context), item, candidate, context)
        return Recommendation(
            item_id=item.item_id,
            kind=item.kind,
            title=item.title,
            year=item.year,
            score=candidate.score,
            sources=tuple(sorted(candidate.sources)),
            evidence=describe_evidence(item.kind, causes),
            explanation=explain(item, causes, self.rotation, context.focus_id),
            owned=item.item_id in self.owned,
        )


def open_explainer(scored: ScoredPool, item_ids: Iterable[int]) -> Explainer:
    """`item_ids` are those to be shown, not the whole pool: the cost of loading grows with them."""
    request, profile, ranked = scored.context.request, scored.context.profile, scored.ranked
    items = {item_id: scored.pool.items[item_id] for item_id in item_ids}
    seeds = _read_seeds(request.seed_ids)
    vectors = ranked.vectors
    shown = {item_id: vectors[item_id] for item_id in items if item_id in vectors}
    context = ExplanationContext(
        profile=profile,
        vectors=shown,
        cosines=similarity_to_liked(shown, profile),
        shared_credits=read_shared_credits(items, profile),
        statements=read_statements(request.person_id),
        query=request.query,
        query_vector=ranked.feature_inputs.query_vector,
        seed_titles={item_id: title for item_id, (title, _) in seeds.items()},
        seed_words={item_id: words for item_id, (_, words) in seeds.items()},
        seed_vectors=load_cached_vectors(serving_space(Modality.TEXT), list(seeds)) if seeds else {},
        ranked=ranked,
    )
    return Explainer(items, context, find_owned(items), PhraseRotation())


def find_owned(item_ids: Collection[int]) -> frozenset[int]:
    """Owned items, directly or through a child. Two index look-ups: one query with OR scans every file."""
    copies = MediaFile.objects.filter(is_missing=False)
    direct = copies.filter(any_of("item_id", item_ids)).values_list("item_id", flat=True)
    children = Item.objects.filter(any_of("parent_id", item_ids), files__is_missing=False)
    parents = (parent for parent in children.values_list("parent_id", flat=True) if parent is not None)
    return frozenset(direct).union(parents)


def read_statements(person_id: int) -> list[StatementFact]:
    """Active positive statements, in the person's wording where they edited one."""
    rows = TasteStatement.objects.filter(person_id=person_id, is_active=True, sign=1).order_by("-weight", "pk")
    facts = []
    for text, feature, is_edited in rows.values_list("text", "feature", "is_edited"):
        labels = read_labels(feature)
        if labels:
            facts.append(StatementFact(text if is_edited else " ".join(labels), frozenset(labels)))
    return facts


def _read_seeds(seed_ids: Sequence[int]) -> dict[int, tuple[str, frozenset[str]]]:
    rows = Item.objects.filter(pk__in=seed_ids).values_list("pk", "title", "genres", "tags") if seed_ids else []
    return {pk: (title, frozenset(item_labels(genres, tags))) for pk, title, genres, tags in rows}
