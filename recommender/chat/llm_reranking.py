"""The language model's own order of the first twenty, repaired where it is no order. Off unless the settings say so.

`manage.py benchmark reordering` compares lists with and without it; docs/chat.md says what came of it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings

from mediarec.library.errors import UnavailableError
from mediarec.library.models import Item
from recommender.backends import registry
from recommender.llm import prompts
from recommender.llm.protocol import TextGenerator
from recommender.types import Recommendation, Slate

logger = logging.getLogger(__name__)
REORDERED = 20
TOKENS_PER_PLACE = 5
SHOWN_WORDS = 4


def is_on() -> bool:
    return bool(settings.LLM_REORDERS)


def widen(limit: int) -> int:
    """How many to rank, so that there is something to reorder."""
    return max(limit, REORDERED) if is_on() else limit


def reorder_slate(slate: Slate, wish_words: str, limit: int) -> Slate:
    """The first `limit` of a slate; where it is on and the model answers, of its order of the first twenty."""
    lines = slate.items
    reader = registry.load_slot_filler() if is_on() and len(lines) > 1 else None
    order = ask_order(lines, wish_words, reader) if reader else None
    if reader is None or order is None:
        return replace(slate, items=lines[:limit])
    moved = (*(lines[place] for place in order), *lines[len(order) :])
    return replace(slate, items=moved[:limit], ranker=f"{slate.ranker}, reordered by {reader.name}")


def ask_order(lines: Sequence[Recommendation], wish_words: str, reader: TextGenerator) -> list[int] | None:
    """A permutation of the places of the first twenty; None where the model is silent or names no place at all."""
    first = lines[:REORDERED]
    items = Item.objects.in_bulk([line.item_id for line in first])
    facts = [f"wish: {wish_words}"]
    facts += [f"{place}: {_describe(line, items.get(line.item_id))}" for place, line in enumerate(first, start=1)]
    try:
        text = reader.write(prompts.ORDER_SYSTEM, facts, TOKENS_PER_PLACE * len(first), _build_schema(len(first)))
    except UnavailableError as error:
        logger.info("the language model did not order a list: %s", error)
        return None
    return repair_order(text, len(first))


def repair_order(text: str, count: int) -> list[int] | None:
    """Places from 0 in the order named. What is named twice, out of range or no number is dropped; what is missing
    follows as it stood. None where nothing is left of it. An answer that breaks off is read as far as it goes."""
    named: list[int] = []
    for number in _read_numbers(text):
        if 1 <= number <= count and number - 1 not in named:
            named.append(number - 1)
    return [*named, *(place for place in range(count) if place not in named)] if named else None


def _read_numbers(text: str) -> list[int]:
    try:
        read = json.loads(text)
    except ValueError:
        return [int(number) for number in re.findall(r"(?<![\w.-])\d{1,3}(?![\w.])", text)]
    order = read.get("order") if isinstance(read, dict) else read
    if not isinstance(order, list):
        return []
    return [number for number in order if isinstance(number, int) and not isinstance(number, bool)]


def _describe(line: Recommendation, item: Item | None) -> str:
    words = ", ".join([*item.genres, *item.tags][:SHOWN_WORDS]).lower() if item else ""
    return f"{line.title} ({line.year or 'year unknown'}){', ' if words else ''}{words}"


def _build_schema(count: int) -> dict[str, object]:
    number = {"type": "integer", "minimum": 1, "maximum": count}
    order = {"type": "array", "items": number, "minItems": count, "maxItems": count}
    return {"type": "object", "properties": {"order": order}, "required": ["order"], "additionalProperties": False}
