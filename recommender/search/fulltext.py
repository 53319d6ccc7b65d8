"""Questions to PostgreSQL's full text in every language the library speaks. Knows no vectors."""

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
MOST_EXPECTED = 300  # passages: what more of them hold is no line that anybody remembers


def list_spoken_configs() -> list[str]:
    """The configurations of the languages that occur; looked up every few minutes."""
    return list(cache.get_or_set("search-configs", _read_configs, REMEMBERED_SECONDS) or [SIMPLE])


def _read_configs() -> list[str]:
    works = Item.objects.exclude(language="").values_list("language", flat=True).order_by("language").distinct()
    words = Passage.objects.exclude(language="").values_list("language", flat=True).order_by("language").distinct()
    return list_configs([*works, *words])


@dataclass(frozen=True)
class TextQuery:
    """What was asked, and its words: `stems` of all that count per configuration, `words` each by itself.

    A word holds its stems in every language, fill words are left out: those of the language that knows most of the
    question's words for fill words, since "war" is one in German alone.
    """

    text: str
    stems: dict[str, list[str]]
    words: list[list[str]]


def parse_query(text: str, configs: list[str]) -> TextQuery:
    """In one round trip."""
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
    kept: dict[str, set[int]] = {config: set() for config in configs}
    by_place: dict[int, dict[str, None]] = {}
    for place, config, stem in rows:
        stems[config][stem] = by_place.setdefault(place, {})[stem] = None
        kept[config].add(place)
    telling = min((kept[config] for config in configs if config != SIMPLE), key=len, default=set[int]())
    words = {tuple(by_place[place]): None for place in sorted(telling)}
    return TextQuery(
        text, {config: list(own)[:MOST_WORDS] for config, own in stems.items()}, [list(w) for w in words][:MOST_WORDS]
    )


def build_word(stems: list[str]) -> str:
    """One word in whichever language, as text for `::tsquery`."""
    return " | ".join(_quote(stem) for stem in stems)


def build_all_words(question: TextQuery) -> str:
    """Every word, in some language; the last one may be half typed, and accents may be left out."""
    choices = [" & ".join(map(_quote, words)) for words in question.stems.values() if words]
    choices += [build_prefix_query(question.text), build_prefix_query(normalise_title(question.text))]
    return _any_of(choices)


def build_most_words(question: TextQuery, common: DocumentFrequencies) -> str:
    """All words but one: a line remembered nearly right. Empty where what is left says nothing, or was short anyway."""
    choices = []
    for config, words in question.stems.items():
        if config != SIMPLE and len(words) >= FEWEST_FOR_LEAVING_OUT:
            for left_out in words:
                rest = [word for word in words if word != left_out]
                if common.expect_rows([[word] for word in rest]) <= MOST_EXPECTED:
                    choices.append(" & ".join(map(_quote, rest)))
    return _any_of(choices)


def _any_of(choices: list[str]) -> str:
    """A tsquery in the plain configuration, which takes stems as they are; empty where there is nothing to ask."""
    return " | ".join(f"({choice})" for choice in dict.fromkeys(choices) if choice)


def _quote(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def split_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
