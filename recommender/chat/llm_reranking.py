"""Reranking of the first twenty items by a language model, with repair of invalid orders. Off by default.

`manage.py benchmark reordering` compares lists with and without it; docs/chat.md has the results.
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
    """How many items to rank for a list of `limit`, so that there is something to rerank."""
    return max(limit, REORDERED) if is_on() else limit


def reorder_slate(slate: Slate, wish_words: str, limit: int) -> Slate:
    """The first `limit` items, after reranking if it is on and the model answers."""
    lines = slate.items
    model = registry.load_slot_filler() if is_on() and len(lines) > 1 else None
    order = ask_order(lines, wish_words, model) if model else None
    if model is None or order is None:
        return replace(slate, items=lines[:limit])
    reordered = (*(lines[index] for index in order), *lines[len(order) :])
    return replace(slate, items=reordered[:limit], ranker=f"{slate.ranker}, reordered by {model.name}")


def ask_order(lines: Sequence[Recommendation], wish_words: str, reader: TextGenerator) -> list[int] | None:
    """A permutation of the indices of the first twenty; None if the model does not answer or names no index."""
    first = lines[:REORDERED]
    items = Item.objects.in_bulk([line.item_id for line in first])
    facts = [f"wish: {wish_words}"]
    facts += [f"{number}: {_describe(line, items.get(line.item_id))}" for number, line in enumerate(first, start=1)]
    try:
        text = reader.write(prompts.RERANKING_SYSTEM, facts, TOKENS_PER_PLACE * len(first), _build_schema(len(first)))
    except UnavailableError as error:
        logger.info("the language model did not order a list: %s", error)
        return None
    return repair_order(text, len(first))


def repair_order(text: str, count: int) -> list[int] | None:
    """Indices from 0 in the order of the answer. Repeated, out-of-range and non-numeric entries are dropped, missing
    indices are appended in their old order; None if nothing is left. A truncated answer is read as far as it goes."""
    indices: list[int] = []
    for number in _read_numbers(text):
        if 1 <= number <= count and number - 1 not in indices:
            indices.append(number - 1)
    return [*indices, *(index for index in range(count) if index not in indices)] if indices else None


def _read_numbers(text: str) -> list[int]:
    try:
        parsed = json.loads(text)
    except ValueError:
        return [int(number) for number in re.findall(r"(?<![\w.-])\d{1,3}(?![\w.])", text)]
    order = parsed.get("order") if isinstance(parsed, dict) else parsed
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
