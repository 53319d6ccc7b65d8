"""A person's corrections of their taste statements, as overrides of affinities. Knows no history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recommender.models import TasteStatement

STATED_AFFINITY = 1.5  # affinity of a label in the person's own sentences, whatever their history says


@dataclass(frozen=True)
class TasteOverrides:
    """Changes to the computed affinities, by label.

    `added` holds labels with their affinity, `removed` labels to ignore, `reweighted` labels with a factor, `sentences`
    the person's own sentences with sign times weight.
    """

    added: tuple[tuple[str, float], ...] = ()
    removed: frozenset[str] = frozenset()
    reweighted: tuple[tuple[str, float], ...] = ()
    sentences: tuple[tuple[str, float], ...] = ()

    def apply(self, affinities: Mapping[str, float]) -> dict[str, float]:
        factors = dict(self.reweighted)
        computed = {label: a * factors.get(label, 1.0) for label, a in affinities.items() if label not in self.removed}
        return computed | dict(self.added)


def load_overrides(person_id: int) -> TasteOverrides:
    """Switched off, an own sentence has no effect, and a computed one removes its labels."""
    rows = TasteStatement.objects.filter(person_id=person_id).order_by("pk")
    added: dict[str, float] = {}
    reweighted: dict[str, float] = {}
    removed: set[str] = set()
    sentences: list[tuple[str, float]] = []
    for row in rows:
        words, emphasis = read_labels(row.feature), float(row.feature.get("emphasis", 1.0))
        if row.feature.get("own"):
            if row.is_active and emphasis:
                added.update(dict.fromkeys(words, STATED_AFFINITY * row.sign * emphasis))
                sentences.append((row.text, row.sign * emphasis))
        elif not row.is_active:
            removed.update(words)
        elif emphasis != 1.0:
            reweighted.update(dict.fromkeys(words, emphasis))
    return TasteOverrides(tuple(added.items()), frozenset(removed), tuple(reweighted.items()), tuple(sentences))


def read_labels(feature: Mapping[str, Any]) -> list[str]:
    words = feature.get("words", [])
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
