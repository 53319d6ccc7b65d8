"""Requests for children: detecting them in a sentence, and the filters they imply. Pure; knows no tables."""

import re
from dataclasses import replace

from recommender.language.lexicon import KINDS
from recommender.types import Filters

# Genres that mark an item as made for children; the first is the concept.
FOR_CHILDREN = (
    "family", "children's", "children", "kids", "animation", "animated", "cartoon", "for children", "for kids",
    "family-friendly", "family film", "children's film", "children's music", "nursery rhyme", "nursery rhymes",
)  # fmt: skip
# As tags these only say what an item is about: "The Godfather" is about a family.
DRAWN = frozenset(("animation", "animated", "cartoon"))
THEMES = frozenset(("family", "children", "kids", "animation", "animated", "cartoon"))
# Items with one of these genres or tags are not offered to children, whatever else they have.
NOT_FOR_CHILDREN = (
    "horror", "thriller", "crime", "war", "true crime", "noir", "erotic", "erotica", "sex", "nudity", "adult",
    "adult animation", "violence", "violent", "brutal", "gore", "gory", "blood", "murder", "serial killer", "slasher",
    "execution", "beheading", "death penalty", "torture", "genocide", "holocaust", "suicide", "rape", "abuse", "drugs",
    "addiction", "disturbing", "bleak", "harrowing", "zombie", "zombies", "mafia", "prison", "terrorism", "explicit",
)  # fmt: skip
AGE = r"(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[ -]year[ -]olds?"
CHILD = (
    rf"(?:kids?|child(?:ren)?|toddlers?|bab(?:y|ies)|daughters?|sons?|grand(?:kids?|child(?:ren)?|sons?|daughters?)"
    rf"|nephews?|nieces?|little ones?|{AGE})"
)
WHOSE = r"(?:my|our|the|his|her|their|your)"
BETWEEN = r"(?:(?:all|a|an|some|small|young|little|two|three|youngest|oldest|whole|entire) )*"
KIND = rf"(?:{'|'.join(sorted(KINDS, key=len, reverse=True))}|stuff|cartoons?|animations?|night|time|viewing)"
ABOUT_A_FAMILY = r"(?! (?:drama|saga|feud|secret|business|history|tree)s?\b)"
CHILDREN_REQUEST = re.compile(
    rf"\bfor (?:{WHOSE} )?{BETWEEN}(?:{CHILD}|family)\b{ABOUT_A_FAMILY}"
    rf"|\bwith {WHOSE} {BETWEEN}(?:{CHILD}|family)\b{ABOUT_A_FAMILY}"
    rf"|\b(?:kids?|child(?:ren)?)(?:'s?|s')? (?:\w+ )?{KIND}\b"
    rf"|\bfamily {KIND}\b|\bwhole family\b|\b(?:kids?|child(?:ren)?|family)[- ]friendly\b"
    rf"|\b(?:{WHOSE} {BETWEEN})?{CHILD} (?:can|could|will|would|might|to|may) (?:\w+ )?"
    r"(?:watch|see|hear|listen|enjoy|like|love)\b"
    rf"|\b{WHOSE} {BETWEEN}{CHILD} (?:really )?(?:loves?|likes?|enjoys?|adores?|wants?|(?:is|are) into)\b"
)


def match_children_request(text: str) -> re.Match[str] | None:
    """Match of a request for children in a lower-case sentence; a film about a child is none."""
    return CHILDREN_REQUEST.search(text)


def restrict_to_children(filters: Filters) -> Filters:
    """Restricts filters to items made for children; other requested genres only rank higher."""
    was_for_children = is_for_children(filters)  # from an earlier turn
    others = tuple(
        word for word in filters.any_words if word not in FOR_CHILDREN or (word in DRAWN and not was_for_children)
    )
    more = tuple(dict.fromkeys((*filters.more_words, *others)))
    refused = tuple(word for word in filters.none_words if word not in FOR_CHILDREN)
    return replace(filters, any_words=FOR_CHILDREN, more_words=more, none_words=refused)


def is_for_children(filters: Filters) -> bool:
    return set(FOR_CHILDREN) <= set(filters.any_words)


def exclude_unsuitable(filters: Filters) -> Filters:
    """Adds `NOT_FOR_CHILDREN` to the exclusions of a request for children; other filters are unchanged."""
    if not is_for_children(filters):
        return filters
    return replace(filters, none_words=tuple(dict.fromkeys((*filters.none_words, *NOT_FOR_CHILDREN))))
