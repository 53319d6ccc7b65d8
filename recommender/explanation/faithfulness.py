"""Whether a sentence says no more than the reasons it was written from. Pure; knows no model.

Stricter than the check of other sentences: what somebody did with a work is the one thing that must never be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recommender.explanation.templates import ROLE_PHRASES
from recommender.llm.grounding import check_sentence, split_words
from recommender.llm.vocabulary import NEUTRAL

QUOTED = re.compile(r"“([^“”]+)”")
ACTIONS = ("liked", "finished", "rated", "watched", "played", "took to")
# Whatever a sentence may say that somebody did; only those of the reasons may stand in it, each with its work.
ANY_ACTION = re.compile(
    r"\b(?:took to|(?:dis)?lik(?:ed?|es|ing)|finish\w*|rat(?:ed?|es|ing)|watch\w*|play\w*|lov(?:ed?|es|ing)|enjoy\w*|"
    r"hear|heard|listen\w*|saw|seen?|read|cho(?:se|ose|sen)|pick\w*|ador\w*|hat(?:ed?|es)|abandon\w*|skip\w*|favou?rite)\b",
    re.I,
)
# Plain words elsewhere; here a likeness or a quality that only a reason may state, or what turns one around.
TELLING = frozenset(
    ("close", "near", "similar", "same", "like", "slow", "calm", "cool", "gentle", "old", "long", "short",
     "not", "no", "never", "nothing", "without", "less", "more", "most", "than", "little", "few", "much", "many",
     "only", "alone", "always", "often", "or", "either", "any", "if", "under", "below", "above", "over")
)  # fmt: skip
ITEM, SOURCE = "\N{BLACK SQUARE}", "\N{WHITE SQUARE}"  # where titles stood: the work's, and those it is compared with


def check_wording(text: str, title: str, reasons: Sequence[str]) -> list[str]:
    """Problems as short sentences, [] when it says what the reasons say of the work `title`, and nothing else."""
    sources = sorted({name for reason in reasons for name in QUOTED.findall(reason)}, key=len, reverse=True)
    roles = _list_roles(reasons)
    facts = [f"title: {title}", *(f"reason: {reason}" for reason in reasons)]
    facts += [f"{role}: {name}" for role, name in roles]
    rest = _mark(_mark(text, sources, SOURCE), [title], ITEM)
    return [
        *check_sentence(text, facts),
        *_check_words(rest, reasons),
        *_check_actions(rest, reasons),
        *_check_places(rest, [name for _, name in roles]),
    ]


def _list_roles(reasons: Sequence[str]) -> list[tuple[str, str]]:
    """("director", "Andrei Tarkovsky") out of a reason that says so, for the checks of who did what."""
    return [
        (role, match[1].strip())
        for role, phrase in ROLE_PHRASES.items()
        for reason in reasons
        for match in re.finditer(rf"(?i:\b{phrase}) ((?:[^\W\d_a-z][\w'’.&-]*\s?)+)", reason)
    ]


def _mark(text: str, titles: Sequence[str], mark: str) -> str:
    for title in titles:
        text = re.sub(rf"[“\"'‘]?(?<!\w){re.escape(title)}(?!\w)[”\"'’]?", mark, text, flags=re.I)
    return text


def _check_words(rest: str, reasons: Sequence[str]) -> list[str]:
    """A word of a title is none outside of it: “Nostalgia for the Light” says nothing about light."""
    said = {word for reason in reasons for word in split_words(QUOTED.sub(" ", reason))}
    known = said | (NEUTRAL - TELLING)
    new = [word for word in dict.fromkeys(split_words(rest)) if word not in known]
    return [f"It says more than the reasons do: {', '.join(new)}."] if new else []


def _check_actions(rest: str, reasons: Sequence[str]) -> list[str]:
    """Each deed stands beside a work, and is the one that the reasons tell."""
    done = "|".join(deed for deed in ACTIONS if any(re.search(rf"\byou {deed}\b", r, re.I) for r in reasons))
    told = rf"\byou (?:{done}) {SOURCE}|{SOURCE},? (?:which|that) you (?:{done})\b" if done else "$^"
    plain = re.sub(told, " ", rest, flags=re.I)
    return [f"The reasons do not say “{match.group()}” there." for match in ANY_ACTION.finditer(plain)]


def _check_places(rest: str, people: Sequence[str]) -> list[str]:
    """The works are what the sentence is about, and a person is who one is by or with."""
    problems = [] if SOURCE in rest and ITEM in rest else ["It does not name both works."]
    if ":" in rest or re.search(rf"\b(?:by|with) {ITEM}", rest, re.I):
        problems.append("It is no plain sentence.")
    for name in people:
        if re.search(rf"(?<!by )(?<!with ){re.escape(name)}", rest, re.I):
            problems.append(f"It does not say what {name} did.")
    return problems
