"""Critiques ("like X but funnier, older, shorter"): an item, a direction in text space, bounds. Knows no ranking."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Item
from recommender.language.comparisons import DIRECTIONS
from recommender.types import Filters

Embed = Callable[[str], NDArray[np.float32] | None]
SHAPE = re.compile(
    r"^(?:something |anything |a film |a movie |a series |an album |a song )?(?:like|similar to) (?P<title>.+?),? but "
    r"(?P<but>.+)$",
    re.IGNORECASE,
)
STRENGTH = 0.8  # step of the query vector along a direction; set by judgement, not yet measured
SHORTER, LONGER = 0.9, 1.1  # bounds relative to the item's runtime, so that a minute less is not "shorter"
SYNONYMS = {"stranger": "weirder"}
TIMES = {"older": "older", "earlier": "older", "newer": "newer", "more recent": "newer", "later": "newer"}
LENGTHS = {"shorter": "shorter", "longer": "longer"}


@dataclass(frozen=True)
class Critique:
    """`vector` is the moved query vector; `note` tells the person what was understood and what was not applied."""

    item_id: int
    vector: NDArray[np.float32] | None
    filters: Filters
    note: str


def read_critique(text: str) -> tuple[Item, list[str]] | None:
    """The item and the changes asked for; None if the text is no critique or names no known item."""
    match = SHAPE.match(" ".join(text.split()))
    if match is None:
        return None
    item = find_work(match["title"])
    wishes = [re.sub(r"^(?:a bit |a little |much |also )", "", w.strip(" .!").lower()) for w in
              re.split(r",|\band\b", match["but"])]  # fmt: skip
    return (item, [wish for wish in wishes if wish]) if item is not None else None


def find_work(title: str) -> Item | None:
    """The most popular item with exactly this title, with or without its year."""
    name = title.strip(" “”\"'")
    year = re.search(r"\s*\((\d{4})\)$", name)
    rows = Item.objects.filter(title_key=normalise_title(name[: year.start()] if year else name), is_excluded=False)
    if year:
        rows = rows.filter(year=int(year[1]))
    return rows.order_by("-popularity", "pk").first()


def apply_critique(item: Item, wishes: list[str], vector: NDArray[np.float32] | None, filters: Filters,
                   embed: Embed) -> Critique:  # fmt: skip
    """Years and lengths become filters; every other change moves the query away from the item's own vector."""
    filters = replace(filters, kinds=filters.kinds or (item.kind,), exclude_ids=(*filters.exclude_ids, item.pk))
    problems: list[str] = []
    for wish in wishes:
        if wish in TIMES:
            filters, problem = _bound_year(filters, item, TIMES[wish])
        elif wish in LENGTHS:
            filters, problem = _bound_length(filters, item, LENGTHS[wish])
        else:
            vector, problem = _move(vector, wish, embed)
        problems += [problem] if problem else []
    note = " ".join([f"Like “{item}”, but {' and '.join(wishes)}.", *problems])
    return Critique(item.pk, vector, filters, note)


def _bound_year(filters: Filters, item: Item, direction: str) -> tuple[Filters, str]:
    if item.year is None:
        return filters, f"The year of “{item.title}” is not known, so {direction} could not be taken into account."
    if direction == "older":
        return replace(filters, year_to=min(filters.year_to or item.year, item.year - 1)), ""
    return replace(filters, year_from=max(filters.year_from or item.year, item.year + 1)), ""


def _bound_length(filters: Filters, item: Item, direction: str) -> tuple[Filters, str]:
    if not item.runtime_seconds:
        return filters, f"The length of “{item.title}” is not known, so {direction} could not be taken into account."
    if direction == "shorter":
        return replace(filters, runtime_to_seconds=int(item.runtime_seconds * SHORTER)), ""
    return replace(filters, runtime_from_seconds=int(item.runtime_seconds * LONGER)), ""


def _move(vector: NDArray[np.float32] | None, wish: str, embed: Embed) -> tuple[NDArray[np.float32] | None, str]:
    positive, negative = find_direction(wish)
    ends = [embed(words) if words else None for words in (positive, negative)]
    if vector is None or all(end is None for end in ends):
        return vector, f"Nothing here can compare what is {wish}, so that could not be taken into account."
    step = sum(
        (sign * end for sign, end in zip((1.0, -1.0), ends, strict=True) if end is not None), np.zeros_like(vector)
    )
    return np.asarray(vector + STRENGTH * step, dtype=np.float32), ""


def find_direction(wish: str) -> tuple[str, str]:
    """Texts to move towards and away from: those of a known comparison, else of "more X" or "less X", else `wish`."""
    wish = SYNONYMS.get(wish, wish)
    if wish in DIRECTIONS:
        return DIRECTIONS[wish]
    if wish.startswith("less "):
        return "", wish[5:]
    return wish.removeprefix("more ").removeprefix("with "), ""
