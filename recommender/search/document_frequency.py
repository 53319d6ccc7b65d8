"""Document frequencies of word stems, from PostgreSQL's planner statistics: counting rows would take longer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.cache import cache
from django.db import connection
from django.db.models import Model

REMEMBERED_SECONDS = 300
RAREST_SHARE = 1e-4  # default document frequency without statistics


@dataclass(frozen=True)
class DocumentFrequencies:
    """Share of one table's rows that contain each common stem; stems that are missing are rarer than all of these."""

    shares: Mapping[str, float] = field(default_factory=dict)
    rows: float = 0.0

    def find_share(self, stems: Sequence[str]) -> float:
        """Document frequency of one word, given its stems by language; half of the rarest known one if unknown."""
        rarest = min(self.shares.values(), default=RAREST_SHARE) / 2
        return max((self.shares.get(stem, rarest) for stem in stems), default=rarest)

    def expect_rows(self, words: Sequence[Sequence[str]]) -> float:
        """Expected number of rows with all the words, assuming independence."""
        return self.rows * math.prod(self.find_share(stems) for stems in words)


def load_document_frequencies(table: type[Model]) -> DocumentFrequencies:
    """Of a table with a tsvector column `search`. Empty, and not cached, until the table was analysed."""
    name = table._meta.db_table
    frequencies: DocumentFrequencies | None = cache.get(f"commonness-{name}")
    if frequencies is None:
        frequencies = _read(name)
        if frequencies.shares:
            cache.set(f"commonness-{name}", frequencies, REMEMBERED_SECONDS)
    return frequencies


def _read(name: str) -> DocumentFrequencies:
    """`most_common_elems` of a tsvector column holds its most frequent lexemes with their share of rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT common.stem, common.share, (SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)) "
            "FROM pg_stats, LATERAL unnest(most_common_elems::text::text[], most_common_elem_freqs) "
            "AS common(stem, share) WHERE schemaname = current_schema() AND tablename = %s AND attname = 'search' "
            "AND common.stem IS NOT NULL",
            [name, name],
        )
        rows = cursor.fetchall()
    return DocumentFrequencies({stem: float(share) for stem, share, _ in rows}, float(rows[0][2]) if rows else 0.0)
