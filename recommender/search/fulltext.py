"""Questions to PostgreSQL's full text in every language the library speaks. Knows no vectors."""

from __future__ import annotations

import re

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery
from django.core.cache import cache
from django.db import connection

from mediarec.library.catalog import normalise_title
from mediarec.library.languages import SIMPLE, list_configs
from mediarec.library.models import Item
from recommender.models import Passage
from recommender.retrieval.words import build_prefix_query

AnyQuery = SearchQuery | CombinedSearchQuery
MOST_WORDS = 12
FEWEST_FOR_LEAVING_OUT = 3
REMEMBERED_SECONDS = 300


def list_spoken_configs() -> list[str]:
    """The configurations of the languages that occur; looked up every few minutes."""
    return list(cache.get_or_set("search-configs", _read_configs, REMEMBERED_SECONDS) or [SIMPLE])


def _read_configs() -> list[str]:
    works = Item.objects.exclude(language="").values_list("language", flat=True).order_by("language").distinct()
    words = Passage.objects.exclude(language="").values_list("language", flat=True).order_by("language").distinct()
    return list_configs([*works, *words])


def read_stems(text: str, configs: list[str]) -> dict[str, list[str]]:
    """The words that count, per configuration, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT config, tsvector_to_array(to_tsvector(config::regconfig, %s)) FROM unnest(%s::text[]) AS config",
            [text.replace("\x00", " "), configs],
        )
        return {config: stems[:MOST_WORDS] for config, stems in cursor.fetchall()}


def read_words(text: str, configs: list[str]) -> list[list[str]]:
    """Each word by itself with its stems in every language, at most MOST_WORDS; fill words are left out.

    Those of the language that knows most of the question's words for fill words: "war" is one in German alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place, config, part.lexeme FROM unnest(%s::text[]) AS config, "
            "LATERAL unnest(to_tsvector(config::regconfig, %s)) AS part, LATERAL unnest(part.positions) AS place "
            "ORDER BY place, part.lexeme",
            [configs, text.replace("\x00", " ")],
        )
        rows: list[tuple[int, str, str]] = cursor.fetchall()
    kept = {config: {place for place, own, _ in rows if own == config} for config in configs}
    places = min((kept[config] for config in configs if config != SIMPLE), key=len, default=set[int]())
    stems = {place: list(dict.fromkeys(stem for own, _, stem in rows if own == place)) for place in sorted(places)}
    return list({tuple(own): own for own in stems.values()}.values())[:MOST_WORDS]


def read_common_words() -> dict[str, float]:
    """The share of works that hold each common stem, as the planner's statistics know it: counting them takes longer.

    What is not in it is rarer than all that is; empty until the table was analysed.
    """
    return dict(cache.get_or_set("search-common-words", _read_common_words, REMEMBERED_SECONDS) or {})


def _read_common_words() -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT common.stem, common.share FROM pg_stats, LATERAL unnest(most_common_elems::text::text[], "
            "most_common_elem_freqs) AS common(stem, share) "
            "WHERE schemaname = current_schema() AND tablename = 'library_item' AND attname = 'search' "
            "AND common.stem IS NOT NULL"
        )
        return {stem: float(share) for stem, share in cursor.fetchall()}


def build_word(stems: list[str]) -> str:
    """One word in whichever language, as text for `::tsquery`."""
    return " | ".join(_quote(stem) for stem in stems)


def build_all_words(text: str, stems: dict[str, list[str]]) -> AnyQuery | None:
    """Every word, in some language; the last one may be half typed, and accents may be left out."""
    choices = [" & ".join(map(_quote, words)) for words in stems.values() if words]
    choices += [build_prefix_query(text), build_prefix_query(normalise_title(text))]
    return _any_of(choices)


def build_most_words(stems: dict[str, list[str]]) -> AnyQuery | None:
    """All words but one, whichever: a line remembered nearly right. None for a short question."""
    choices = []
    for config, words in stems.items():
        if config != SIMPLE and len(words) >= FEWEST_FOR_LEAVING_OUT:
            for left_out in words:
                choices.append(" & ".join(_quote(word) for word in words if word != left_out))
    return _any_of(choices)


def _any_of(choices: list[str]) -> AnyQuery | None:
    """Stems go in as they are: the plain configuration only lowers their case."""
    whole = " | ".join(f"({choice})" for choice in dict.fromkeys(choices) if choice)
    return SearchQuery(whole, search_type="raw", config=SIMPLE) if whole else None


def _quote(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def split_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
