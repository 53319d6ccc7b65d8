"""Lexical candidates: PostgreSQL full-text search for the words of the query, with prefix match on the last."""

from __future__ import annotations

import re

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, QuerySet

from mediarec.library.models import Item
from recommender.retrieval.context import RetrievalContext
from recommender.types import Candidate

NAME = "words"
MAX_TERMS = 12
WIDE_FACTOR = 3


def find_candidates(scope: RetrievalContext) -> list[Candidate]:
    return search_full_text(scope.items_of(), scope.request.query, scope.limit * WIDE_FACTOR, any_word=True)


def search_full_text(items: QuerySet[Item], text: str, limit: int, *, any_word: bool = False) -> list[Candidate]:
    """Full-text matches, best first. Two configurations are combined: "english" stems, "simple" takes any spelling.

    By default every word must match, and the last may be a prefix. With `any_word`, for whole sentences, one word is
    enough and more of them rank higher.
    """
    text = text.replace("\x00", " ")  # the one character PostgreSQL refuses
    if not text.strip():
        return []
    query = SearchQuery(text, search_type="websearch", config="english")
    query = query | SearchQuery(text, search_type="websearch", config="simple")
    prefix = build_prefix_query(text)
    if any_word and prefix:
        query = query | SearchQuery(prefix.replace(" & ", " | "), search_type="raw", config="english")
    if prefix:
        query = query | SearchQuery(prefix, search_type="raw", config="simple")
    rows = (
        items.filter(search=query)
        .annotate(rank=SearchRank(F("search"), query))
        .order_by("-rank", "-popularity", "pk")
        .values_list("pk", "kind", "rank")[:limit]
    )
    return [Candidate(item_id, kind, {NAME: rank}) for item_id, kind, rank in rows]


def build_prefix_query(text: str) -> str:
    """A tsquery of whole words with a prefix match on the last: "blade run" becomes "'blade' & 'run':*"."""
    terms = re.findall(r"\w+", text.lower())[:MAX_TERMS]
    if not terms:
        return ""
    return " & ".join([*(f"'{term}'" for term in terms[:-1]), f"'{terms[-1]}':*"])
