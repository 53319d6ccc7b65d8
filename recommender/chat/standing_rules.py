"""What a standing wish ("from now on ...") keeps of its sentence: refusals and leanings, not the subject. Pure."""

import re
from dataclasses import replace

from recommender.chat.parsed_query import ParsedQuery, list_chips
from recommender.types import Filters

ONLY = re.compile(r"\bonly\b")


def keep_standing(wish: ParsedQuery, said: str) -> Filters:
    """The filters of a rule. "No more horror films" must not leave films alone in the feed, and "more jazz" shuts
    nothing else out: only "only" does."""
    filters = replace(wish.filters, include_seen=False)
    if ONLY.search(said.lower()):
        return filters
    return replace(filters, kinds=(), any_words=(), more_words=(*filters.more_words, *filters.any_words, *wish.moods))


def word_rule(filters: Filters, wish: ParsedQuery) -> str:
    """The rule in a sentence, from what was understood alone."""
    labels = [chip.label for chip in list_chips(ParsedQuery(filters=filters, refused_titles=wish.refused_titles))]
    until = f", until {wish.expires_on}" if wish.expires_on else ", from now on"
    sentence = ", ".join(labels)
    return f"{sentence[:1].upper()}{sentence[1:]}{until}."
