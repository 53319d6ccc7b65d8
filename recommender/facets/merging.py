"""How two values of a filter become one: a request and a standing rule, a sentence and the one before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mediarec.library.ownership import Ownership
from recommender.types import Filters

Merge = Callable[[Any, Any], Any]  # the request's value and the rule's -> both together
Carry = Callable[[Sequence[str], Filters, Filters], dict[str, Any]]  # names of fields, former, new -> their values


def keep_asked(asked: Any, rule: Any) -> Any:
    """Rules have no say in it."""
    return asked


def first_given(asked: tuple[Any, ...], rule: tuple[Any, ...]) -> tuple[Any, ...]:
    return asked or rule


def intersect(asked: tuple[Any, ...], rule: tuple[Any, ...]) -> tuple[Any, ...]:
    """Nothing in common: what is asked for at this moment wins."""
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
    """What the new sentence says, where it says anything."""
    nothing = type(new)()
    return {name: getattr(new if getattr(new, name) != getattr(nothing, name) else former, name) for name in names}


def carry_both(names: Sequence[str], former: Filters, new: Filters) -> dict[str, Any]:
    """Refusals add up."""
    return {name: union(getattr(former, name), getattr(new, name)) for name in names}


def carry_unless_refused(names: Sequence[str], former: Filters, new: Filters) -> dict[str, Any]:
    """As the later, without what the new sentence refuses."""
    later = carry_later(names, former, new)
    return {name: tuple(word for word in words if word not in new.none_words) for name, words in later.items()}


def carry_range(names: Sequence[str], former: Filters, new: Filters) -> dict[str, Any]:
    """Without the former bounds where the new ones leave no room for them: "before 1960" after "from the 70s"."""
    low, high = names
    lows = [bound for bound in (getattr(former, low), getattr(new, low)) if bound is not None]
    highs = [bound for bound in (getattr(former, high), getattr(new, high)) if bound is not None]
    says_anew = getattr(new, low) is not None or getattr(new, high) is not None
    contradict = bool(says_anew and lows and highs and max(lows) > min(highs))
    return carry_later(names, new if contradict else former, new)
