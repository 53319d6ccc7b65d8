"""Merges two values of a filter: a request's and a standing rule's, or a sentence's and the previous one's. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mediarec.library.ownership import Ownership
from recommender.types import Filters

Merge = Callable[[Any, Any], Any]  # the request's value and the rule's -> both together
Carry = Callable[
    [Sequence[str], Filters, Filters], dict[str, Any]
]  # field names, previous and new filters -> merged values


def keep_asked(asked: Any, rule: Any) -> Any:
    """The request's value: rules do not apply to this field."""
    return asked


def first_given(asked: tuple[Any, ...], rule: tuple[Any, ...]) -> tuple[Any, ...]:
    return asked or rule


def intersect(asked: tuple[Any, ...], rule: tuple[Any, ...]) -> tuple[Any, ...]:
    """Common values; the request's where there are none, and the other's where one is empty."""
    return tuple(value for value in asked if value in rule) or asked if asked and rule else asked or rule


def union(asked: tuple[Any, ...], rule: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys((*asked, *rule)))


def largest(asked: int | None, rule: int | None) -> int | None:
    return max((bound for bound in (asked, rule) if bound is not None), default=None)


def smallest(asked: int | None, rule: int | None) -> int | None:
    return min((bound for bound in (asked, rule) if bound is not None), default=None)


def merge_ownership(asked: Ownership, rule: Ownership) -> Ownership:
    return rule if asked == Ownership.ANY else asked


def carry_later(names: Sequence[str], former: Filters, new: Filters) -> dict[str, Any]:
    """The new sentence's value where it sets one, else the previous value."""
    default = type(new)()
    return {name: getattr(new if getattr(new, name) != getattr(default, name) else former, name) for name in names}


def carry_both(names: Sequence[str], former: Filters, new: Filters) -> dict[str, Any]:
    """The union of both: refusals accumulate."""
    return {name: union(getattr(former, name), getattr(new, name)) for name in names}


def carry_unless_refused(names: Sequence[str], former: Filters, new: Filters) -> dict[str, Any]:
    """Like `carry_later`, without words the new sentence refuses."""
    carried = carry_later(names, former, new)
    return {name: tuple(word for word in words if word not in new.none_words) for name, words in carried.items()}


def carry_range(names: Sequence[str], former: Filters, new: Filters) -> dict[str, Any]:
    """Drops the previous bounds if the new ones contradict them: "before 1960" after "from the 70s"."""
    low, high = names
    lows = [bound for bound in (getattr(former, low), getattr(new, low)) if bound is not None]
    highs = [bound for bound in (getattr(former, high), getattr(new, high)) if bound is not None]
    has_new_bound = getattr(new, low) is not None or getattr(new, high) is not None
    is_contradiction = bool(has_new_bound and lows and highs and max(lows) > min(highs))
    return carry_later(names, new if is_contradiction else former, new)
