"""Dialogue state: what carries over from earlier turns: "older", "the second one", "but not too dark". Pure."""

import re
from dataclasses import dataclass, replace

from recommender.chat.parsed_query import Intent, ParsedQuery
from recommender.facets import carry_over, find_facet
from recommender.language.children import is_for_children, restrict_to_children
from recommender.types import Filters

REFINES = re.compile(
    r"^\s*(?:but|and|or|only|just|also|make it|the \w+ one|older|newer|shorter|longer|more|less|no |not |without"
    r"|what about|how about|something (?:older|newer|shorter|longer|else|lighter|darker|calmer|funnier)|instead"
    r"|again|others?|another)\b"
)
COMPARED = {
    "older": ("year_to", -1), "earlier": ("year_to", -1), "newer": ("year_from", 1), "more recent": ("year_from", 1),
    "shorter": ("runtime_to_seconds", -1), "longer": ("runtime_from_seconds", 1),
}  # fmt: skip
ERA_STEP_YEARS = 5


@dataclass(frozen=True)
class DialogueState:
    """The last query and answer: IDs, titles, years and runtimes in the order shown."""

    query: ParsedQuery | None = None
    item_ids: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    runtimes_seconds: tuple[int, ...] = ()
    shared_words: tuple[str, ...] = ()  # genres or tags that most of the last answer has


def read_comparisons(text: str, filters: Filters, context: DialogueState) -> Filters:
    """Resolves "older" and "shorter" against the range requested before ("films from the 70s", then "older": before
    1970), else against the median of the last answer."""
    for word, (name, direction) in COMPARED.items():
        if not re.search(rf"\b{word}\b", text):
            continue
        bound = _step_outside(name, direction, context.query) or _step_from_median(name, direction, context)
        if bound is not None:
            filters = replace(filters, **{name: bound})  # type: ignore[arg-type]
    return filters


def _step_outside(name: str, direction: int, before: ParsedQuery | None) -> int | None:
    """The bound just outside a range that was closed at both ends; None if it was open."""
    filters = before.filters if before else Filters()
    low, high = (getattr(filters, bound) for bound in find_facet(name).fields)
    if low is None or high is None:
        return None
    return int(low - 1 if direction < 0 else high + 1)


def _step_from_median(name: str, direction: int, context: DialogueState) -> int | None:
    ordered = sorted(context.years if name.startswith("year") else context.runtimes_seconds)
    if not ordered:
        return None
    median = ordered[len(ordered) // 2]
    step = ERA_STEP_YEARS if name.startswith("year") else max(60, median // 10)
    return median + direction * step


def update_state(said: str, wish: ParsedQuery, context: DialogueState) -> ParsedQuery:
    """The parsed query with the previous one merged in if the sentence refines it; new values win."""
    before = context.query
    offered = (*(before.offered_ids if before else ()), *context.item_ids)
    wish = replace(wish, offered_ids=tuple(dict.fromkeys(offered)))
    new_subject = wish.filters.kinds or wish.seed_ids or wish.filters.any_words or wish.unknown_title
    if before is None or not (REFINES.search(said) or not new_subject):
        return wish
    if wish.intent in {Intent.RULE, Intent.HELP} or before.intent == Intent.HELP or before.is_standing:
        return wish
    return replace(
        wish,
        intent=Intent.PLAYLIST if Intent.PLAYLIST in {wish.intent, before.intent} else wish.intent,
        filters=_merge(before.filters, wish.filters),
        query=" ".join(dict.fromkeys(f"{before.query} {wish.query}".split())),
        moods=tuple(dict.fromkeys((*before.moods, *wish.moods))),
        guessed=before.guessed,
        refused_titles=tuple(dict.fromkeys((*before.refused_titles, *wish.refused_titles))),
        seed_ids=wish.seed_ids or before.seed_ids,
        seed_titles=wish.seed_titles or before.seed_titles,
        duration_seconds=wish.duration_seconds or before.duration_seconds,
        limit=wish.limit if wish.limit != ParsedQuery().limit else before.limit,
    )


def _merge(former: Filters, new: Filters) -> Filters:
    merged = carry_over(former, new)
    return restrict_to_children(merged) if is_for_children(former) else merged
