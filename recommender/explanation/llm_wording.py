"""Explanations reworded by a language model, if they pass the faithfulness check. Never blocks a page."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache

from mediarec.library.errors import UnavailableError
from mediarec.library.models import Item
from recommender.backends import registry
from recommender.explanation.faithfulness import check_wording
from recommender.llm import address
from recommender.llm.prompts import EXPLAIN_SYSTEM
from recommender.types import Evidence, EvidenceType

logger = logging.getLogger(__name__)
MAX_TOKENS = 60
MOST_REASONS = 3  # small models confuse more than these
FROM_WORKS = (EvidenceType.PERSON, EvidenceType.TAG, EvidenceType.NEAREST)
REMEMBERED_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Wording:
    """One checked sentence, and the model that wrote it."""

    text: str
    writer: str


def may_reword() -> bool:
    """Whether a page may request a rewording once shown: only if an external model is configured. Calls no model.

    The packaged model is not used: 8 of its 35 sentences for the demo passed the check, some of them clumsy.
    """
    endpoint = address.find_address()
    return bool(endpoint.url) and not endpoint.is_packaged


def reword_reasons(item: Item, causes: Sequence[Evidence]) -> Wording | None:
    """A checked sentence; None without reasons, without a model, on a timeout, or if the check fails.

    Takes a second or more the first time. The result is cached for a day, a failed check too.
    """
    reasons = choose_reasons(causes)
    facts = list_facts(item, reasons)
    key = f"wording:{sha256(chr(10).join(facts).encode()).hexdigest()}"
    cached = cache.get(key)
    if cached is not None:
        return cached if isinstance(cached, Wording) else None
    writer = registry.load_generator() if reasons else None
    if writer is None:
        return None
    try:
        words = writer.write(EXPLAIN_SYSTEM, facts, MAX_TOKENS).strip()
    except UnavailableError as error:
        logger.info("%s", error)
        return None
    problems = check_wording(words, item.title, reasons)
    if problems:
        logger.info("A sentence about %s was refused: %s", item.title, " ".join(problems))
    wording = None if problems else Wording(words, writer.name)
    cache.set(key, wording or "refused", REMEMBERED_SECONDS)
    return wording


def choose_reasons(causes: Sequence[Evidence]) -> list[str]:
    """The strongest reason that names an item, and others that name the same: models mix up two items."""
    from_items = [cause for cause in causes if cause.type in FROM_WORKS]
    return [cause.text for cause in from_items if cause.item_id == from_items[0].item_id][:MOST_REASONS]


def list_facts(item: Item, reasons: Sequence[str]) -> list[str]:
    """ "key: value" lines for the prompt and the check: the item, and the reasons as templates word them."""
    year = f" ({item.year})" if item.year else ""
    return [f"{item.kind}: {item.title}{year}", *(f"reason: {reason}" for reason in reasons)]
