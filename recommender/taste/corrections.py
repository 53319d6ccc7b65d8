"""What a person corrected in the statements about them, as leanings. Knows no history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recommender.models import TasteStatement

STATED_LEANING = 1.5  # what a statement in the person's own words weighs, whatever their history says


@dataclass(frozen=True)
class Corrections:
    """`stated` are words and their leaning, `struck` words the person does not want to be known by."""

    stated: tuple[tuple[str, float], ...] = ()
    struck: frozenset[str] = frozenset()

    def apply(self, leanings: Mapping[str, float]) -> dict[str, float]:
        kept = {word: leaning for word, leaning in leanings.items() if word not in self.struck}
        return kept | dict(self.stated)


def read_corrections(person_id: int) -> Corrections:
    rows = TasteStatement.objects.filter(person_id=person_id).order_by("pk")
    stated: dict[str, float] = {}
    struck: set[str] = set()
    for feature, sign, is_active, is_edited in rows.values_list("feature", "sign", "is_active", "is_edited"):
        if not is_active:
            struck.update(read_words(feature))
        elif is_edited:
            stated.update(dict.fromkeys(read_words(feature), STATED_LEANING * sign))
    return Corrections(tuple(stated.items()), frozenset(struck))


def read_words(feature: Mapping[str, Any]) -> list[str]:
    words = feature.get("words", [])
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
