"""Search, from the query to the slate: run every retriever, fuse the lists, explain the matches. Read this first.

Items are found whether seen or not, and taste does not influence the order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from mediarec.library.models import Item, Kind
from recommender.explanation.explainer import find_owned
from recommender.facets import is_unfiltered
from recommender.models import Modality
from recommender.retrieval import content
from recommender.retrieval.filters import filter_items
from recommender.retrieval.pool import Pool, describe_candidates
from recommender.search import critiques, fulltext, hubness, image_query, retrievers
from recommender.search.leg_fusion import fuse_best
from recommender.search.types import ResultList, SearchQuery, SearchResult
from recommender.types import Candidate, Filters, Recommendation, RecommendRequest, Slate
from recommender.vectors.spaces import read_vectors, serving_space

Fuse = Callable[[Sequence[ResultList]], list[SearchResult]]
LONGEST_TEXT = 500


@dataclass(frozen=True)
class Answer:
    """The retrievers' result lists before fusion."""

    result_lists: tuple[ResultList, ...]
    items: QuerySet[Item]  # what the filters allow
    note: str = ""


def search(wish: SearchQuery, fuse: Fuse = fuse_best) -> Slate:
    """Items matched by text, meaning, looks or transcript; the slate's note explains an empty or corrected result."""
    wish = replace(wish, text=_clean(wish.text))
    request = RecommendRequest(wish.person_id, wish.filters, query=wish.text, limit=wish.limit, surface="search")
    answer = retrieve(wish)
    results = fuse(answer.result_lists)
    if not results:
        return Slate(uuid4(), request, "nothing", (), answer.note or _describe_no_match(wish))
    pool = describe_candidates({result.item_id: Candidate(result.item_id, "", {}) for result in results}, answer.items)
    shown = [r for r in results if r.item_id in pool.items and _is_wanted_part(r, pool)][: wish.limit]
    ranker = " + ".join(leg.name for leg in answer.result_lists if leg.hits)
    note = answer.note or ("" if shown else _describe_no_match(wish))
    return Slate(uuid4(), request, ranker, _describe(shown, pool, wish.text), note)


def _is_wanted_part(result: SearchResult, pool: Pool) -> bool:
    """Episodes are shown only for text and transcript matches; for matches by meaning the series is shown instead."""
    item = pool.items[result.item_id]
    is_part = item.kind == Kind.EPISODE and item.parent_id is not None
    return not is_part or not {retrievers.ABOUT, retrievers.NEARLY, retrievers.SAID}.isdisjoint(result.legs)


def _clean(text: str) -> str:
    """Removes what PostgreSQL refuses: NUL characters, and surrogates from invalid bytes on a command line."""
    return " ".join(text.encode("utf-8", "replace").decode().replace("\x00", " ").split())[:LONGEST_TEXT]


def retrieve(wish: SearchQuery) -> Answer:
    """Runs all retrievers that apply to the query, without fusion; benchmarks compare fusions on this."""
    critique = critiques.read_critique(wish.text)
    if critique is not None and wish.picture is None:
        return _answer_critique(wish, *critique)
    scope = _build_scope(wish, wish.filters)
    result_lists, note = _retrieve_text(scope, wish.text)
    result_lists += _retrieve_images(scope, wish) if wish.text or wish.picture is not None else []
    if wish.picture is not None and not any(leg.hits for leg in result_lists):
        note = image_query.find_obstacle() or ""
    return Answer(tuple(result_lists), scope.items, note)


def _build_scope(wish: SearchQuery, filters: Filters) -> retrievers.SearchScope:
    return retrievers.SearchScope(
        filter_items(filters, wish.person_id, for_lookup=True, with_episodes=True), is_unfiltered(filters)
    )


def _retrieve_text(scope: retrievers.SearchScope, text: str) -> tuple[list[ResultList], str]:
    """Result lists of the text retrievers, and a note if the spelling was corrected."""
    if not text:
        return [], ""
    configs, note = fulltext.list_spoken_configs(), ""
    question = fulltext.parse_query(text, configs)
    result_lists = [retrievers.full_text(scope, question), retrievers.in_transcripts(scope, question)]
    if not result_lists[0].hits:
        fuzzy, corrected = retrievers.fuzzy_text(scope, text, configs)
        note = f"Nothing here is spelt “{text}”; read as “{corrected}”." if corrected else ""
        result_lists += [fuzzy, retrievers.partial_text(scope, question)]
    space = serving_space(Modality.TEXT)
    vector = None if space is None else content.read_vector_in(space, text)
    if space is not None and vector is not None:
        result_lists.append(retrievers.by_meaning(scope, space, vector))
    return result_lists, note


def _retrieve_images(scope: retrievers.SearchScope, wish: SearchQuery) -> list[ResultList]:
    """Image search by a picture, or by words if the image encoder is text-aligned."""
    space = serving_space(Modality.IMAGE)
    if space is None:
        return []
    if wish.picture is not None:
        vector = image_query.embed_picture(space, wish.picture)
        return [] if vector is None else [retrievers.by_image(scope, space, vector)]
    vector = image_query.embed_words(space, wish.text)
    if vector is None:
        return []
    corrected = hubness.correct_query(space, vector)
    return [retrievers.by_image(scope, space, corrected, hubness.load_statistics(space).noise_floor)]


def _answer_critique(wish: SearchQuery, item: Item, wishes: list[str]) -> Answer:
    space = serving_space(Modality.TEXT)
    item_vector: NDArray[np.float32] | None = read_vectors(space, [item.pk]).get(item.pk)
    critique = critiques.apply_critique(item, wishes, item_vector, wish.filters, content.read_query_vector)
    scope = _build_scope(wish, critique.filters)
    if space is None or critique.vector is None:
        return Answer((), scope.items, f"{critique.note} Nothing can be compared with it yet.")
    similar = retrievers.by_similar_item(scope, space, critique.vector, item.title)
    note = critique.note if similar.hits else f"{critique.note} Nothing here fits that."
    return Answer((similar,), scope.items, note)


def _describe_no_match(wish: SearchQuery) -> str:
    if not wish.text:
        return "Nothing here looks like that picture." if wish.picture is not None else ""
    narrowed = "" if wish.filters == Filters(include_seen=wish.filters.include_seen) else " with these filters"
    return f"Nothing here matches “{wish.text}”{narrowed}."


def _describe(shown: Sequence[SearchResult], pool: Pool, text: str) -> tuple[Recommendation, ...]:
    unlabelled = [result.hit for result in shown if not result.hit.field]
    fields = retrievers.name_fields(unlabelled, text) if unlabelled else {}
    owned = find_owned([result.item_id for result in shown])
    return tuple(_build_recommendation(result, pool, fields, result.item_id in owned) for result in shown)


def _build_recommendation(result: SearchResult, pool: Pool, fields: dict[int, str], is_owned: bool) -> Recommendation:
    item, hit = pool.items[result.item_id], result.hit
    matched_field = hit.field or fields.get(result.item_id, retrievers.UNKNOWN_FIELD)
    doubt = "" if hit.is_certain else ", read by machine and perhaps wrongly"
    quote = f": “{hit.quote}”" if hit.quote else ""
    return Recommendation(
        item_id=item.item_id,
        kind=item.kind,
        title=item.title,
        year=item.year,
        score=result.score,
        sources=tuple(sorted(result.legs)),
        evidence=(),
        explanation=f"Matched on {matched_field}{doubt}{quote}",
        owned=is_owned,
        matched_on=matched_field,
    )
