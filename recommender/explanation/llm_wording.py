"""The reasons for one work in a language model's words, where these pass the check. Never on the way of a page."""

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
MOST_REASONS = 3  # a small model loses its way in more
FROM_WORKS = (EvidenceType.PERSON, EvidenceType.TAG, EvidenceType.NEAREST)
REMEMBERED_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Wording:
    """One checked sentence, and the model that wrote it."""

    text: str
    writer: str


def may_reword() -> bool:
    """Whether a page may ask, once it is shown: where a language model of the person's own is named. Asks nobody.

    The packaged one is left out: of 35 sentences it wrote for the demo 8 passed the check, some of them clumsy.
    """
    found = address.find_address()
    return bool(found.url) and not found.is_packaged


def reword_reasons(item: Item, causes: Sequence[Evidence]) -> Wording | None:
    """None when there is nothing to say, no model answers or is in time, or it says what is not a fact.

    Takes a second or more the first time; the answer is remembered for a day, a refusal too.
    """
    reasons = choose_reasons(causes)
    facts = list_facts(item, reasons)
    key = f"wording:{sha256(chr(10).join(facts).encode()).hexdigest()}"
    kept = cache.get(key)
    if kept is not None:
        return kept if isinstance(kept, Wording) else None
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
    """The strongest that comes from a work, and what else was read from the same one: of two, a model mixes them up."""
    works = [cause for cause in causes if cause.type in FROM_WORKS]
    return [cause.text for cause in works if cause.item_id == works[0].item_id][:MOST_REASONS]


def list_facts(item: Item, reasons: Sequence[str]) -> list[str]:
    """ "key: value" lines, the only things that may be said: the item, and the reasons as templates word them."""
    year = f" ({item.year})" if item.year else ""
    return [f"{item.kind}: {item.title}{year}", *(f"reason: {reason}" for reason in reasons)]
