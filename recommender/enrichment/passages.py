"""Words found in media as rows, searchable in their language. Knows no reader and no query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from mediarec.library.languages import CONFIGS, SIMPLE, find_config
from recommender.models import Passage

MOST_PASSAGES = 20_000  # of one item and source
SAMPLE_CHARACTERS = 8000  # a language shows in a page of it
KNOWN_SHARE = 0.85  # of different words that are left when a language takes out its little ones


@dataclass(frozen=True)
class FoundText:
    """One passage before it is a row."""

    source: str
    text: str
    start_seconds: float | None = None
    language: str = ""
    is_certain: bool = True


def store_passages(item_id: int, sources: Sequence[str], found: Iterable[FoundText]) -> int:
    """Replaces the item's passages of these sources; returns how many there are now. Call inside a transaction."""
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
        for passage in found
    ][:MOST_PASSAGES]
    made = Passage.objects.bulk_create(rows, batch_size=1000)
    unnamed = _guess_config(" ".join(row.text for row in made if not row.language)[:SAMPLE_CHARACTERS])
    chosen = {row.pk: find_config(row.language) if row.language else unnamed for row in made}
    for config in set(chosen.values()):
        _index([pk for pk, own in chosen.items() if own == config], config)
    return len(made)


def _guess_config(text: str) -> str:
    """The configuration that knows most words as its little ones ("the", "und"); the plain one when none does."""
    if not text:
        return SIMPLE
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT config, length(to_tsvector(config::regconfig, %s)) FROM unnest(%s::text[]) AS config ORDER BY 2, 1",
            [text, [SIMPLE, *sorted(set(CONFIGS.values()))]],
        )
        counted = dict(cursor.fetchall())
    best = min(counted, key=lambda config: counted[config])
    return str(best) if counted[best] <= KNOWN_SHARE * counted[SIMPLE] else SIMPLE


def _index(ids: Sequence[int], config: str) -> None:
    """Words as they stand, and their stems where the language has any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recommender_passage SET search = to_tsvector('simple', text) || to_tsvector(%s::regconfig, text) "
            "WHERE id = ANY(%s)",
            [config, list(ids)],
        )
