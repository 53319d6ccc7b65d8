"""Faithfulness check: does a sentence claim no more than the reasons it was written from? Pure; knows no model.

Stricter than the check of other sentences: what the person did with an item must never be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recommender.explanation.templates import ROLE_PHRASES
from recommender.llm.grounding import check_sentence, split_words
from recommender.llm.vocabulary import NEUTRAL_WORDS

QUOTED = re.compile(r"“([^“”]+)”")
ACTIONS = ("liked", "finished", "rated", "watched", "played", "took to")
# Any verb for an action of the person. Only the actions of the reasons are allowed, each with its item.
ANY_ACTION = re.compile(
    r"\b(?:took to|(?:dis)?lik(?:ed?|es|ing)|finish\w*|rat(?:ed?|es|ing)|watch\w*|play\w*|lov(?:ed?|es|ing)|enjoy\w*|"
    r"hear|heard|listen\w*|saw|seen?|read|cho(?:se|ose|sen)|pick\w*|ador\w*|hat(?:ed?|es)|abandon\w*|skip\w*|favou?rite)\b",
    re.I,
)
# Neutral in other sentences; here they claim a likeness or a quality, or negate one, so a reason must contain them.
TELLING = frozenset(
    ("close", "near", "similar", "same", "like", "slow", "calm", "cool", "gentle", "old", "long", "short",
     "not", "no", "never", "nothing", "without", "less", "more", "most", "than", "little", "few", "much", "many",
     "only", "alone", "always", "often", "or", "either", "any", "if", "under", "below", "above", "over")
)  # fmt: skip
ITEM, SOURCE = (
    "\N{BLACK SQUARE}",
    "\N{WHITE SQUARE}",
)  # placeholders for titles: the item's, and those it is compared with


def check_wording(text: str, title: str, reasons: Sequence[str]) -> list[str]:
    """Problems as short sentences; [] if the text says only what the reasons say about `title`."""
    sources = sorted({name for reason in reasons for name in QUOTED.findall(reason)}, key=len, reverse=True)
    roles = _list_roles(reasons)
    facts = [f"title: {title}", *(f"reason: {reason}" for reason in reasons)]
    facts += [f"{role}: {name}" for role, name in roles]
    marked = _replace_titles(_replace_titles(text, sources, SOURCE), [title], ITEM)
    return [
        *check_sentence(text, facts),
        *_check_words(marked, reasons),
        *_check_actions(marked, reasons),
        *_check_places(marked, [name for _, name in roles]),
    ]


def _list_roles(reasons: Sequence[str]) -> list[tuple[str, str]]:
    """(role, name) pairs in the reasons, such as ("director", "Andrei Tarkovsky")."""
    return [
        (role, match[1].strip())
        for role, phrase in ROLE_PHRASES.items()
        for reason in reasons
        for match in re.finditer(rf"(?i:\b{phrase}) ((?:[^\W\d_a-z][\w'’.&-]*\s?)+)", reason)
    ]


def _replace_titles(text: str, titles: Sequence[str], mark: str) -> str:
    for title in titles:
        text = re.sub(rf"[“\"'‘]?(?<!\w){re.escape(title)}(?!\w)[”\"'’]?", mark, text, flags=re.I)
    return text


def _check_words(rest: str, reasons: Sequence[str]) -> list[str]:
    """Words of titles are not allowed elsewhere: “Nostalgia for the Light” says nothing about light."""
    reason_words = {word for reason in reasons for word in split_words(QUOTED.sub(" ", reason))}
    allowed = reason_words | (NEUTRAL_WORDS - TELLING)
    unsupported = [word for word in dict.fromkeys(split_words(rest)) if word not in allowed]
    return [f"It says more than the reasons do: {', '.join(unsupported)}."] if unsupported else []


def _check_actions(rest: str, reasons: Sequence[str]) -> list[str]:
    """Every action must be one of the reasons' and stand next to a source's title."""
    actions = "|".join(action for action in ACTIONS if any(re.search(rf"\byou {action}\b", r, re.I) for r in reasons))
    allowed = rf"\byou (?:{actions}) {SOURCE}|{SOURCE},? (?:which|that) you (?:{actions})\b" if actions else "$^"
    remaining = re.sub(allowed, " ", rest, flags=re.I)
    return [f"The reasons do not say “{match.group()}” there." for match in ANY_ACTION.finditer(remaining)]


def _check_places(rest: str, names: Sequence[str]) -> list[str]:
    """The sentence must name both items, and contributors only after "by" or "with"."""
    problems = [] if SOURCE in rest and ITEM in rest else ["It does not name both works."]
    if ":" in rest or re.search(rf"\b(?:by|with) {ITEM}", rest, re.I):
        problems.append("It is no plain sentence.")
    for name in names:
        if re.search(rf"(?<!by )(?<!with ){re.escape(name)}", rest, re.I):
            problems.append(f"It does not say what {name} did.")
    return problems
