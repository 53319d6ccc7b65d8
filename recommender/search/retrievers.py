"""The ways to find: what is written about a work, what it is about, how it looks, what is said in it.

Each leg answers best first with why; filters are applied in SQL. Knows no fusion and no page.
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
UNKNOWN_FIELD = "what is written about it"  # where full text knew another form of a word
FIELD_LABELS = {
    WordSource.SUBTITLES: "subtitles",
    WordSource.LYRICS: "lyrics",
    WordSource.POSTER: "words on the picture",
    WordSource.FRAMES: "words on screen",
}


@dataclass(frozen=True)
class SearchScope:
    """Where a person may look. `items` is what the filters allow; None where that is nearly everything."""

    items: QuerySet[Item]
    is_unfiltered: bool

    @property
    def where(self) -> QuerySet[Item] | None:
        return None if self.is_unfiltered else self.items


def full_text(field: SearchScope, question: TextQuery) -> ResultList:
    """Title, people, genres, tags and synopsis, in full text; `place` is filled in for those that are shown."""
    query = fulltext.build_all_words(question)
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
    """The same for what the question may have meant, and that; asked where no work holds every word as it was typed."""
    meant = spelling.correct(text)
    found = full_text(field, fulltext.parse_query(meant, configs)) if meant else ResultList(ABOUT, ())
    hits = tuple(Hit(hit.item_id, "a spelling near it") for hit in found.hits)
    return ResultList(NEARLY, hits), meant if meant and hits else ""


def partial_text(field: SearchScope, question: TextQuery) -> ResultList:
    """Works that hold the telling words of a question, though not all: asked where none holds all of them."""
    found = partial_match.find_partial_matches(field.where, question.words, LIMIT)
    return ResultList(PARTLY, tuple(Hit(item_id, "") for item_id, _ in found))


def in_transcripts(field: SearchScope, question: TextQuery) -> ResultList:
    """Subtitles, lyrics and words in pictures, each item by its best passage; nearly right where nothing is right."""
    hits = _find_passages(field, fulltext.build_all_words(question))
    if not hits:
        hits = _find_passages(field, fulltext.build_most_words(question, load_document_frequencies(Passage)))
    return ResultList(SAID, hits)


def _find_passages(field: SearchScope, query: str) -> tuple[Hit, ...]:
    best = passages.find_best(query, field.where) if query else {}
    if best and field.is_unfiltered:  # nearly all fit: the few that do not are taken out afterwards
        allowed = set(field.items.order_by().filter(any_of("pk", best)).values_list("pk", flat=True))
        best = {item_id: row for item_id, row in best.items() if item_id in allowed}
    return tuple(_build_hit(row) for row in best.values())[:LIMIT]


def _build_hit(row: passages.Row) -> Hit:
    place = FIELD_LABELS[WordSource(row.source)]
    when = "" if row.start_seconds is None else f" {say_time(row.start_seconds)}"
    quote = row.text if len(row.text) <= QUOTE_CHARACTERS else f"{row.text[: QUOTE_CHARACTERS - 1].rstrip()}…"
    return Hit(row.item_id, f"{place}{when}", quote, row.is_certain)


def say_time(seconds: float) -> str:
    """2472.4 -> "00:41:12"."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def by_meaning(field: SearchScope, space: EmbeddingSpace, vector: NDArray[np.float32]) -> ResultList:
    """Near in the text space, and nearer than the library comes to questions it cannot answer.

    That bar is measured in each library and space: a flat one is too high for one encoder and too low for another.
    """
    answers = hubness.nearest_corrected(space, hubness.correct_query(space, vector), LIMIT, field.where)
    floor = hubness.load_statistics(space).noise_floor
    bar = THRESHOLDS.query_cosine if floor is None else floor
    return ResultList(MEANING, tuple(Hit(i, "what it is about") for i, score in answers if score >= bar))


def by_image(
    field: SearchScope, space: EmbeddingSpace, vector: NDArray[np.float32], bar: float | None = None, limit: int = LIMIT
) -> ResultList:
    """Posters, covers, stills and moments of clips near a picture, or near words where the encoder knows both."""
    stills = hubness.nearest_corrected(space, vector, limit, field.where)
    near = {item_id: (score, "picture") for item_id, score in stills}
    for item_id, score, seconds in frame_search.find_nearest(space, vector, limit, field.items):
        if item_id not in near or score > near[item_id][0]:
            near[item_id] = (score, f"picture {say_time(seconds)}")
    ordered = sorted(near.items(), key=lambda pair: (-pair[1][0], pair[0]))
    hits = (Hit(item_id, place) for item_id, (score, place) in ordered if bar is None or score >= bar)
    return ResultList(LOOKS, tuple(hits)[:limit])


def name_fields(hits: Iterable[Hit], text: str) -> dict[int, str]:
    """Which field of each work holds most of the words; of equals the title, people, genres and tags, in this order."""
    ids = [hit.item_id for hit in hits]
    terms = set(fulltext.split_words(text))
    rows = Item.objects.filter(any_of("pk", ids)).filter(Q(is_excluded=False))
    places = {}
    for item in rows.prefetch_related("credits__contributor"):
        names = " ".join(credit.contributor.name for credit in item.credits.all())
        fields = {
            "title": f"{item.title} {item.original_title} {item.title_key}",
            "people": names,
            "genres and tags": " ".join([*item.genres, *item.tags]),
            "description": item.synopsis,
        }
        held = {name: _count_held(own, terms) for name, own in fields.items()}
        best = max(held, key=lambda name: held[name])  # of equals the first
        places[item.pk] = best if held[best] else UNKNOWN_FIELD
    return places


def _count_held(text: str, terms: set[str]) -> int:
    """A longer term may be the beginning of a word: somebody is still typing, or it stands there in the plural."""
    words = set(fulltext.split_words(text))
    return sum(
        term in words or (len(term) >= SHORTEST_BEGINNING and any(word.startswith(term) for word in words))
        for term in terms
    )


def by_similar_item(field: SearchScope, space: EmbeddingSpace, vector: NDArray[np.float32], title: str) -> ResultList:
    """Near a point that a critique moved away from a work."""
    answers = hubness.nearest_corrected(space, vector, LIMIT, field.where)
    return ResultList(MEANING, tuple(Hit(item_id, f"likeness to “{title}”") for item_id, _ in answers))
