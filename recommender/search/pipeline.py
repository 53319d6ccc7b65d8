"""Search from the wish to the slate: every leg is asked, the best wins, and why is said. Read this first.

A person who names a thing finds it, seen or not; no taste takes part.
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
    """What was found by which legs, before it is cut and described."""

    result_lists: tuple[ResultList, ...]
    items: QuerySet[Item]  # what the filters allow
    note: str = ""


def search(wish: SearchQuery, fuse: Fuse = fuse_best) -> Slate:
    """Items found by words, meaning, looks or what is said in them; the note says when nothing fits, and why."""
    wish = replace(wish, text=_clean(wish.text))
    request = RecommendRequest(wish.person_id, wish.filters, query=wish.text, limit=wish.limit, surface="search")
    answer = retrieve(wish)
    found = fuse(answer.result_lists)
    if not found:
        return Slate(uuid4(), request, "nothing", (), answer.note or _say_nothing(wish))
    pool = describe_candidates({one.item_id: Candidate(one.item_id, "", {}) for one in found}, answer.items)
    shown = [one for one in found if one.item_id in pool.items and _is_named(one, pool)][: wish.limit]
    ranker = " + ".join(leg.name for leg in answer.result_lists if leg.hits)
    note = answer.note or ("" if shown else _say_nothing(wish))
    return Slate(uuid4(), request, ranker, _describe(shown, pool, wish.text), note)


def _is_named(one: SearchResult, pool: Pool) -> bool:
    """An episode answers by its title or what is said in it; what a series is about, the series answers."""
    is_part = pool.items[one.item_id].kind == Kind.EPISODE and pool.items[one.item_id].parent_id is not None
    return not is_part or not {retrievers.ABOUT, retrievers.NEARLY, retrievers.SAID}.isdisjoint(one.legs)


def _clean(text: str) -> str:
    """Without what PostgreSQL refuses: zeros, and bytes of a command line that are no Unicode."""
    return " ".join(text.encode("utf-8", "replace").decode().replace("\x00", " ").split())[:LONGEST_TEXT]


def retrieve(wish: SearchQuery) -> Answer:
    """Each way of finding by itself: what a benchmark compares the fusion with."""
    critique = critiques.read_critique(wish.text)
    if critique is not None and wish.picture is None:
        return _answer_critique(wish, *critique)
    field = _open_field(wish, wish.filters)
    found, note = _retrieve_text(field, wish.text)
    found += _retrieve_images(field, wish) if wish.text or wish.picture is not None else []
    if wish.picture is not None and not any(leg.hits for leg in found):
        note = image_query.find_obstacle() or ""
    return Answer(tuple(found), field.items, note)


def _open_field(wish: SearchQuery, filters: Filters) -> retrievers.SearchScope:
    return retrievers.SearchScope(
        filter_items(filters, wish.person_id, for_lookup=True, with_episodes=True), is_unfiltered(filters)
    )


def _retrieve_text(field: retrievers.SearchScope, text: str) -> tuple[list[ResultList], str]:
    """What was found, and how the question was read where not as it was typed."""
    if not text:
        return [], ""
    configs, note = fulltext.list_spoken_configs(), ""
    question = fulltext.parse_query(text, configs)
    asked = [retrievers.full_text(field, question), retrievers.in_transcripts(field, question)]
    if not asked[0].hits:
        nearly, meant = retrievers.fuzzy_text(field, text, configs)
        note = f"Nothing here is spelt “{text}”; read as “{meant}”." if meant else ""
        asked += [nearly, retrievers.partial_text(field, question)]
    space = serving_space(Modality.TEXT)
    vector = None if space is None else content.read_vector_in(space, text)
    if space is not None and vector is not None:
        asked.append(retrievers.by_meaning(field, space, vector))
    return asked, note


def _retrieve_images(field: retrievers.SearchScope, wish: SearchQuery) -> list[ResultList]:
    """A picture is compared with pictures by any encoder, words only by one that was trained on both."""
    space = serving_space(Modality.IMAGE)
    if space is None:
        return []
    if wish.picture is not None:
        vector = image_query.embed_picture(space, wish.picture)
        return [] if vector is None else [retrievers.by_image(field, space, vector)]
    vector = image_query.embed_words(space, wish.text)
    if vector is None:
        return []
    return [
        retrievers.by_image(
            field, space, hubness.correct_query(space, vector), hubness.load_statistics(space).noise_floor
        )
    ]


def _answer_critique(wish: SearchQuery, item: Item, wishes: list[str]) -> Answer:
    space = serving_space(Modality.TEXT)
    own: NDArray[np.float32] | None = read_vectors(space, [item.pk]).get(item.pk)
    critique = critiques.apply_critique(item, wishes, own, wish.filters, content.read_query_vector)
    field = _open_field(wish, critique.filters)
    if space is None or critique.vector is None:
        return Answer((), field.items, f"{critique.note} Nothing can be compared with it yet.")
    near = retrievers.by_similar_item(field, space, critique.vector, item.title)
    return Answer((near,), field.items, critique.note if near.hits else f"{critique.note} Nothing here fits that.")


def _say_nothing(wish: SearchQuery) -> str:
    if not wish.text:
        return "Nothing here looks like that picture." if wish.picture is not None else ""
    narrowed = "" if wish.filters == Filters(include_seen=wish.filters.include_seen) else " with these filters"
    return f"Nothing here matches “{wish.text}”{narrowed}."


def _describe(shown: Sequence[SearchResult], pool: Pool, text: str) -> tuple[Recommendation, ...]:
    unnamed = [one.hit for one in shown if not one.hit.field]
    places = retrievers.name_fields(unnamed, text) if unnamed else {}
    owned = find_owned([one.item_id for one in shown])
    return tuple(_build_line(one, pool, places, one.item_id in owned) for one in shown)


def _build_line(one: SearchResult, pool: Pool, places: dict[int, str], is_owned: bool) -> Recommendation:
    item = pool.items[one.item_id]
    place = one.hit.field or places.get(one.item_id, retrievers.UNKNOWN_FIELD)
    doubt = "" if one.hit.is_certain else ", read by machine and perhaps wrongly"
    quote = f": “{one.hit.quote}”" if one.hit.quote else ""
    return Recommendation(
        item_id=item.item_id,
        kind=item.kind,
        title=item.title,
        year=item.year,
        score=one.score,
        sources=tuple(sorted(one.legs)),
        evidence=(),
        explanation=f"Matched on {place}{doubt}{quote}",
        owned=is_owned,
        matched_on=place,
    )
