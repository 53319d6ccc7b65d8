"""What a person corrected in the statements about them, as affinities and sentences. Knows no history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recommender.models import TasteStatement

STATED_AFFINITY = 1.5  # what a statement in the person's own words weighs, whatever their history says


@dataclass(frozen=True)
class TasteOverrides:
    """`stated` are words and their affinity, `struck` words the person does not want to be known by, `weighed` words
    that count more or less than computed, `sentences` the person's own wording with its sign times its weight."""

    added: tuple[tuple[str, float], ...] = ()
    removed: frozenset[str] = frozenset()
    reweighted: tuple[tuple[str, float], ...] = ()
    sentences: tuple[tuple[str, float], ...] = ()

    def apply(self, affinities: Mapping[str, float]) -> dict[str, float]:
        factors = dict(self.reweighted)
        kept = {word: lean * factors.get(word, 1.0) for word, lean in affinities.items() if word not in self.removed}
        return kept | dict(self.added)


def load_overrides(person_id: int) -> TasteOverrides:
    """An own sentence that is off says nothing; a computed one that is off takes its words away."""
    rows = TasteStatement.objects.filter(person_id=person_id).order_by("pk")
    stated: dict[str, float] = {}
    weighed: dict[str, float] = {}
    struck: set[str] = set()
    sentences: list[tuple[str, float]] = []
    for row in rows:
        words, emphasis = read_labels(row.feature), float(row.feature.get("emphasis", 1.0))
        if row.feature.get("own"):
            if row.is_active and emphasis:
                stated.update(dict.fromkeys(words, STATED_AFFINITY * row.sign * emphasis))
                sentences.append((row.text, row.sign * emphasis))
        elif not row.is_active:
            struck.update(words)
        elif emphasis != 1.0:
            weighed.update(dict.fromkeys(words, emphasis))
    return TasteOverrides(tuple(stated.items()), frozenset(struck), tuple(weighed.items()), tuple(sentences))


def read_labels(feature: Mapping[str, Any]) -> list[str]:
    words = feature.get("words", [])
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
