"""Text extracted from media as rows with a full-text index in their language. Knows no extractor and no query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from mediarec.library.languages import CONFIGS, SIMPLE, find_config
from recommender.models import Passage

MOST_PASSAGES = 20_000  # of one item and source
SAMPLE_CHARACTERS = 8000  # a page of text suffices to guess the language
KNOWN_SHARE = (
    0.85  # of distinct words left after a language's stop words are removed; above it, the language is unknown
)


@dataclass(frozen=True)
class ExtractedText:
    """One extracted passage, before it is stored."""

    source: str
    text: str
    start_seconds: float | None = None
    language: str = ""
    is_certain: bool = True


def store_passages(item_id: int, sources: Sequence[str], passages: Iterable[ExtractedText]) -> int:
    """Replaces the item's passages of these sources; returns their number. Call inside a transaction."""
    Passage.objects.filter(item_id=item_id, source__in=sources).delete()
    rows = [
        Passage(
            item_id=item_id,
            source=passage.source,
            language=passage.language[:16],
            start_seconds=passage.start_seconds,
            text=passage.text.replace("\x00", ""),
            is_certain=passage.is_certain,
        )
        for passage in passages
    ][:MOST_PASSAGES]
    created = Passage.objects.bulk_create(rows, batch_size=1000)
    guessed_config = _guess_config(" ".join(row.text for row in created if not row.language)[:SAMPLE_CHARACTERS])
    config_by_id = {row.pk: find_config(row.language) if row.language else guessed_config for row in created}
    for config in set(config_by_id.values()):
        _index([pk for pk, assigned in config_by_id.items() if assigned == config], config)
    return len(created)


def _guess_config(text: str) -> str:
    """The text search configuration that removes most words as stop words ("the", "und"); the simple one
    when none does.
    """
    if not text:
        return SIMPLE
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT config, length(to_tsvector(config::regconfig, %s)) FROM unnest(%s::text[]) AS config ORDER BY 2, 1",
            [text, [SIMPLE, *sorted(set(CONFIGS.values()))]],
        )
        remaining_words = dict(cursor.fetchall())
    best = min(remaining_words, key=lambda config: remaining_words[config])
    return str(best) if remaining_words[best] <= KNOWN_SHARE * remaining_words[SIMPLE] else SIMPLE


def _index(ids: Sequence[int], config: str) -> None:
    """Indexes the words as written, and their stems in the language of `config`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recommender_passage SET search = to_tsvector('simple', text) || to_tsvector(%s::regconfig, text) "
            "WHERE id = ANY(%s)",
            [config, list(ids)],
        )
