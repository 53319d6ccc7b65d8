"""The retrievers of search: full text, partial text, text embeddings, image embeddings, transcripts.

Each returns its hits best first, with the field that matched; filters are applied in SQL. Knows no fusion and no page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, Q, QuerySet
from numpy.typing import NDArray

from mediarec.library.languages import SIMPLE
from mediarec.library.models import Item
from recommender.explanation.causes import THRESHOLDS
from recommender.models import EmbeddingSpace, Passage, WordSource
from recommender.search import frame_search, fulltext, hubness, partial_match, passages, spelling
from recommender.search.document_frequency import load_document_frequencies
from recommender.search.fulltext import TextQuery
from recommender.search.types import Hit, ResultList
from recommender.vectors.sql import any_of

ABOUT, NEARLY, PARTLY, MEANING, SAID, LOOKS = (
    "written about it", "spelt nearly so", "partly written about it", "meaning", "said or shown in it", "looks",
)  # fmt: skip
LIMIT = 100
QUOTE_CHARACTERS = 140
SHORTEST_BEGINNING = 3
UNKNOWN_FIELD = "what is written about it"  # if full text matched another form of a word
FIELD_LABELS = {
    WordSource.SUBTITLES: "subtitles",
    WordSource.LYRICS: "lyrics",
    WordSource.POSTER: "words on the picture",
    WordSource.FRAMES: "words on screen",
}


@dataclass(frozen=True)
class SearchScope:
    """The items that a search may return; `where` is None if the filters allow nearly all of them."""

    items: QuerySet[Item]
    is_unfiltered: bool

    @property
    def where(self) -> QuerySet[Item] | None:
        return None if self.is_unfiltered else self.items


def full_text(field: SearchScope, question: TextQuery) -> ResultList:
    """Full-text search over title, people, genres, tags and synopsis; `field` is filled in later for the shown hits."""
    query = fulltext.build_all_words_query(question)
    if not query:
        return ResultList(ABOUT, ())
    stems = SearchQuery(query, search_type="raw", config=SIMPLE)
    rows = (
        field.items.filter(search=stems)
        .annotate(rank=SearchRank(F("search"), stems))
        .order_by("-rank", "-popularity", "pk")
        .values_list("pk", flat=True)[:LIMIT]
    )
    return ResultList(ABOUT, tuple(Hit(item_id, "") for item_id in rows))


def fuzzy_text(field: SearchScope, text: str, configs: list[str]) -> tuple[ResultList, str]:
    """Full-text search with corrected spelling, and the corrected text; used if `full_text` finds nothing."""
    corrected = spelling.correct(text)
    exact = full_text(field, fulltext.parse_query(corrected, configs)) if corrected else ResultList(ABOUT, ())
    hits = tuple(Hit(hit.item_id, "a spelling near it") for hit in exact.hits)
    return ResultList(NEARLY, hits), corrected if corrected and hits else ""


def partial_text(field: SearchScope, question: TextQuery) -> ResultList:
    """Items that contain the informative words of a query but not all words; used if `full_text` finds nothing."""
    matches = partial_match.find_partial_matches(field.where, question.words, LIMIT)
    return ResultList(PARTLY, tuple(Hit(item_id, "") for item_id, _ in matches))


def in_transcripts(field: SearchScope, question: TextQuery) -> ResultList:
    """Subtitles, lyrics and text in pictures, each item by its best passage; drops one word if nothing matches all."""
    hits = _find_passages(field, fulltext.build_all_words_query(question))
    if not hits:
        hits = _find_passages(field, fulltext.build_all_but_one_query(question, load_document_frequencies(Passage)))
    return ResultList(SAID, hits)


def _find_passages(field: SearchScope, query: str) -> tuple[Hit, ...]:
    best = passages.find_best(query, field.where) if query else {}
    if best and field.is_unfiltered:  # nearly all items are allowed: filter the result instead of the search
        allowed = set(field.items.order_by().filter(any_of("pk", best)).values_list("pk", flat=True))
        best = {item_id: row for item_id, row in best.items() if item_id in allowed}
    return tuple(_build_hit(row) for row in best.values())[:LIMIT]


def _build_hit(row: passages.Row) -> Hit:
    label = FIELD_LABELS[WordSource(row.source)]
    when = "" if row.start_seconds is None else f" {say_time(row.start_seconds)}"
    quote = row.text if len(row.text) <= QUOTE_CHARACTERS else f"{row.text[: QUOTE_CHARACTERS - 1].rstrip()}…"
    return Hit(row.item_id, f"{label}{when}", quote, row.is_certain)


def say_time(seconds: float) -> str:
    """2472.4 -> "00:41:12"."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def by_meaning(field: SearchScope, space: EmbeddingSpace, vector: NDArray[np.float32]) -> ResultList:
    """Nearest neighbours in the text space above the space's noise floor.

    The threshold is measured per library and space: a fixed one is too high for one encoder and too low for another.
    """
    nearest = hubness.nearest_corrected(space, hubness.correct_query(space, vector), LIMIT, field.where)
    floor = hubness.load_statistics(space).noise_floor
    bar = THRESHOLDS.query_cosine if floor is None else floor
    return ResultList(MEANING, tuple(Hit(i, "what it is about") for i, score in nearest if score >= bar))


def by_image(
    field: SearchScope, space: EmbeddingSpace, vector: NDArray[np.float32], bar: float | None = None, limit: int = LIMIT
) -> ResultList:
    """Posters, covers, stills and video frames near a query vector of a picture or of words."""
    stills = hubness.nearest_corrected(space, vector, limit, field.where)
    best = {item_id: (score, "picture") for item_id, score in stills}
    for item_id, score, seconds in frame_search.find_nearest(space, vector, limit, field.items):
        if item_id not in best or score > best[item_id][0]:
            best[item_id] = (score, f"picture {say_time(seconds)}")
    ordered = sorted(best.items(), key=lambda pair: (-pair[1][0], pair[0]))
    hits = (Hit(item_id, label) for item_id, (score, label) in ordered if bar is None or score >= bar)
    return ResultList(LOOKS, tuple(hits)[:limit])


def name_fields(hits: Iterable[Hit], text: str) -> dict[int, str]:
    """Item ID -> the field with most of the query's words; ties go to title, people, genres and tags, in this order."""
    ids = [hit.item_id for hit in hits]
    terms = set(fulltext.split_words(text))
    rows = Item.objects.filter(any_of("pk", ids)).filter(Q(is_excluded=False))
    matched_fields = {}
    for item in rows.prefetch_related("credits__contributor"):
        names = " ".join(credit.contributor.name for credit in item.credits.all())
        fields = {
            "title": f"{item.title} {item.original_title} {item.title_key}",
            "people": names,
            "genres and tags": " ".join([*item.genres, *item.tags]),
            "description": item.synopsis,
        }
        matches = {name: _count_matches(content, terms) for name, content in fields.items()}
        best = max(matches, key=lambda name: matches[name])  # the first wins ties
        matched_fields[item.pk] = best if matches[best] else UNKNOWN_FIELD
    return matched_fields


def _count_matches(text: str, terms: set[str]) -> int:
    """Longer terms also match as a prefix, for half-typed words and plurals."""
    words = set(fulltext.split_words(text))
    return sum(
        term in words or (len(term) >= SHORTEST_BEGINNING and any(word.startswith(term) for word in words))
        for term in terms
    )


def by_similar_item(field: SearchScope, space: EmbeddingSpace, vector: NDArray[np.float32], title: str) -> ResultList:
    """Nearest neighbours of a query vector that a critique moved away from an item."""
    nearest = hubness.nearest_corrected(space, vector, LIMIT, field.where)
    return ResultList(MEANING, tuple(Hit(item_id, f"likeness to “{title}”") for item_id, _ in nearest))
