"""Queries for PostgreSQL full-text search in every language of the library. Knows no vectors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection

from mediarec.library.item_lookup import normalise_title
from mediarec.library.languages import SIMPLE, list_configs
from mediarec.library.models import Item
from recommender.models import Passage
from recommender.retrieval.labels import build_prefix_query
from recommender.search.document_frequency import DocumentFrequencies

MOST_WORDS = 12
FEWEST_FOR_LEAVING_OUT = 3
REMEMBERED_SECONDS = 300
MOST_EXPECTED = 300  # passages; words that more of them contain do not identify a quote


def list_spoken_configs() -> list[str]:
    """Text search configurations of the languages in the library, cached for a few minutes."""
    return list(cache.get_or_set("search-configs", _read_configs, REMEMBERED_SECONDS) or [SIMPLE])


def _read_configs() -> list[str]:
    works = Item.objects.exclude(language="").values_list("language", flat=True).order_by("language").distinct()
    words = Passage.objects.exclude(language="").values_list("language", flat=True).order_by("language").distinct()
    return list_configs([*works, *words])


@dataclass(frozen=True)
class TextQuery:
    """A query text with its `stems` per text search configuration and its `words`, each with its stems by language.

    `words` has no stop words. They are those of the one language in which most of the query's words are stop words,
    since "war" is a stop word only in German.
    """

    text: str
    stems: dict[str, list[str]]
    words: list[list[str]]


def parse_query(text: str, configs: list[str]) -> TextQuery:
    """Stems the text with every configuration in one round trip."""
    text = text.replace("\x00", " ")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place, config, part.lexeme FROM unnest(%s::text[]) AS config, "
            "LATERAL unnest(to_tsvector(config::regconfig, %s)) AS part, LATERAL unnest(part.positions) AS place "
            "ORDER BY part.lexeme, place",
            [configs, text],
        )
        rows: list[tuple[int, str, str]] = cursor.fetchall()
    stems: dict[str, dict[str, None]] = {config: {} for config in configs}
    positions: dict[str, set[int]] = {config: set() for config in configs}
    stems_at: dict[int, dict[str, None]] = {}
    for position, config, stem in rows:
        stems[config][stem] = stems_at.setdefault(position, {})[stem] = None
        positions[config].add(position)
    content_words = min((positions[config] for config in configs if config != SIMPLE), key=len, default=set[int]())
    words = {tuple(stems_at[position]): None for position in sorted(content_words)}
    return TextQuery(
        text,
        {config: list(config_stems)[:MOST_WORDS] for config, config_stems in stems.items()},
        [list(word) for word in words][:MOST_WORDS],
    )


def build_word_query(stems: list[str]) -> str:
    """One word with its stems in any language, as text for `::tsquery`."""
    return " | ".join(_quote(stem) for stem in stems)


def build_all_words_query(question: TextQuery) -> str:
    """All words in any one language; also as a prefix query, for a half-typed last word or missing accents."""
    choices = [" & ".join(map(_quote, words)) for words in question.stems.values() if words]
    choices += [build_prefix_query(question.text), build_prefix_query(normalise_title(question.text))]
    return _any_of(choices)


def build_all_but_one_query(question: TextQuery, common: DocumentFrequencies) -> str:
    """All words but one, for a misremembered quote. Empty for short queries, or if the rest is too common."""
    choices = []
    for config, words in question.stems.items():
        if config != SIMPLE and len(words) >= FEWEST_FOR_LEAVING_OUT:
            for left_out in words:
                rest = [word for word in words if word != left_out]
                if common.expect_rows([[word] for word in rest]) <= MOST_EXPECTED:
                    choices.append(" & ".join(map(_quote, rest)))
    return _any_of(choices)


def _any_of(choices: list[str]) -> str:
    """A tsquery for the `simple` configuration, which takes stems unchanged; empty without alternatives."""
    return " | ".join(f"({choice})" for choice in dict.fromkeys(choices) if choice)


def _quote(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def split_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
