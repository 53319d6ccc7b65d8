"""How common each word is in what can be searched, as the planner's statistics know it: counting them takes longer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.cache import cache
from django.db import connection
from django.db.models import Model

REMEMBERED_SECONDS = 300
RAREST_SHARE = 1e-4  # of what the statistics do not know


@dataclass(frozen=True)
class DocumentFrequencies:
    """Of one table: the share of rows that hold each common stem. What is not in it is rarer than all that is."""

    shares: Mapping[str, float] = field(default_factory=dict)
    rows: float = 0.0

    def find_share(self, stems: Sequence[str]) -> float:
        """Of one word in whichever language; half of the rarest known for what is rarer."""
        rarest = min(self.shares.values(), default=RAREST_SHARE) / 2
        return max((self.shares.get(stem, rarest) for stem in stems), default=rarest)

    def expect_rows(self, words: Sequence[Sequence[str]]) -> float:
        """How many rows hold all the words, were each independent of the others."""
        return self.rows * math.prod(self.find_share(stems) for stems in words)


def load_document_frequencies(table: type[Model]) -> DocumentFrequencies:
    """Of a table with a column `search`. Empty, and not remembered, until the table was analysed."""
    name = table._meta.db_table
    known: DocumentFrequencies | None = cache.get(f"commonness-{name}")
    if known is None:
        known = _read(name)
        if known.shares:
            cache.set(f"commonness-{name}", known, REMEMBERED_SECONDS)
    return known


def _read(name: str) -> DocumentFrequencies:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT common.stem, common.share, (SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)) "
            "FROM pg_stats, LATERAL unnest(most_common_elems::text::text[], most_common_elem_freqs) "
            "AS common(stem, share) WHERE schemaname = current_schema() AND tablename = %s AND attname = 'search' "
            "AND common.stem IS NOT NULL",
            [name, name],
        )
        found = cursor.fetchall()
    return DocumentFrequencies({stem: float(share) for stem, share, _ in found}, float(found[0][2]) if found else 0.0)
