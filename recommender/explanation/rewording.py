"""The same reason in a language model's words, where they pass the check. Never on the way of a page."""

from __future__ import annotations

import logging
from hashlib import sha256

from django.core.cache import cache

from mediarec.library.errors import UnavailableError
from recommender import registry
from recommender.llm.grounding import check_sentence
from recommender.llm.prompts import EXPLAIN_SYSTEM
from recommender.types import Recommendation

logger = logging.getLogger(__name__)
MAX_TOKENS = 60
MAX_CAUSES = 4
REMEMBERED_SECONDS = 24 * 60 * 60


def reword(recommendation: Recommendation) -> str:
    """One checked sentence, or the template's as it is: when no model answers, is late, or says what is not a fact.

    Takes a second or more the first time; a page asks for it after it is shown.
    """
    facts = list_facts(recommendation)
    key = f"reword:{sha256(chr(10).join(facts).encode()).hexdigest()}"
    kept = cache.get(key)
    if isinstance(kept, str):
        return kept
    writer = registry.load_writer()
    if writer is None:
        return recommendation.explanation
    try:
        words = writer.write(EXPLAIN_SYSTEM, facts, MAX_TOKENS).strip()
    except UnavailableError as error:
        logger.info("%s", error)
        return recommendation.explanation
    problems = check_sentence(words, facts)
    if problems:
        logger.info("A sentence about %s was refused: %s", recommendation.title, " ".join(problems))
    sentence = recommendation.explanation if problems else words
    cache.set(key, sentence, REMEMBERED_SECONDS)
    return sentence


def list_facts(recommendation: Recommendation) -> list[str]:
    """ "key: value" lines, the only things that may be said: the item, and its causes as templates word them."""
    year = f" ({recommendation.year})" if recommendation.year else ""
    return [
        f"{recommendation.kind}: {recommendation.title}{year}",
        *(f"reason: {cause.text}" for cause in recommendation.evidence[:MAX_CAUSES]),
    ]
