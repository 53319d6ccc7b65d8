"""Playlist sequencing: choosing entries for a duration, spacing artists, smooth transitions. Pure; knows no tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = Mapping[int, NDArray[np.float32]]


@dataclass(frozen=True)
class Entry:
    """A candidate entry. `maker` is the artist or director whose entries are spaced apart.

    `is_contradicting` marks the opposite of what was requested, used only if nothing else is left.
    """

    item_id: int
    kind: str
    title_key: str
    maker: str
    duration_seconds: int
    score: float
    is_contradicting: bool = False


@dataclass(frozen=True)
class FittingConfig:
    """Parameters of choosing and ordering. `maker_share` caps one artist's share, unless there are too few others."""

    maker_share: float = 1 / 3
    tolerance: float = 0.05  # of the requested duration
    score_pull: float = 0.25  # weight of the score against the cosine of the transition when ordering
    depth: int = 2  # candidates considered first, in multiples of the list's expected length
    spacing: int = 3  # entries between two of one maker, if there are enough others


def choose_entries(
    entries: Sequence[Entry], duration_seconds: int | None, limit: int, config: FittingConfig | None = None
) -> list[Entry]:
    """Takes the best entries without repeats until the duration or the count is reached.

    With `duration_seconds` the last entry is the one that brings the total nearest to the requested duration.
    """
    config = config or FittingConfig()
    fitting = [entry for entry in entries if not entry.is_contradicting]
    pool = _without_repeats(fitting)
    if not _suffices(pool, duration_seconds, limit):
        pool = _without_repeats(entries)
    return _choose(pool, duration_seconds, limit, config)


def _suffices(pool: Sequence[Entry], duration_seconds: int | None, limit: int) -> bool:
    if duration_seconds is None:
        return len(pool) >= limit
    return sum(entry.duration_seconds for entry in pool) >= duration_seconds


def _choose(pool: list[Entry], duration_seconds: int | None, limit: int, config: FittingConfig) -> list[Entry]:
    if duration_seconds is None:
        return _cap_makers(pool, limit, config)[:limit]
    timed = [entry for entry in pool if entry.duration_seconds > 0]
    expected = max(3, round(duration_seconds / _typical_seconds(timed))) if timed else 0
    capped = _cap_makers(timed, expected, config)
    chosen = _fill_duration(capped[: expected * config.depth], duration_seconds, config)
    total = sum(entry.duration_seconds for entry in chosen)
    if total >= duration_seconds * (1 - config.tolerance):
        return chosen
    return _fill_duration(capped, duration_seconds, config)


def _without_repeats(entries: Sequence[Entry]) -> list[Entry]:
    unique: dict[tuple[str, str], Entry] = {}
    for entry in sorted(entries, key=lambda entry: (entry.is_contradicting, -entry.score, entry.item_id)):
        unique.setdefault((entry.title_key, entry.maker), entry)
    return list(unique.values())


def _typical_seconds(entries: Sequence[Entry]) -> float:
    return float(np.median([entry.duration_seconds for entry in entries]))


def _cap_makers(pool: Sequence[Entry], expected: int, config: FittingConfig) -> list[Entry]:
    """The pool with every maker's surplus moved to the end, so that it is used last."""
    cap = max(1, int(expected * config.maker_share))
    counts: Counter[str] = Counter()
    within: list[Entry] = []
    surplus: list[Entry] = []
    for entry in pool:
        counts[entry.maker] += 1
        (within if not entry.maker or counts[entry.maker] <= cap else surplus).append(entry)
    return within + surplus


def _fill_duration(pool: Sequence[Entry], target: int, config: FittingConfig) -> list[Entry]:
    chosen: list[Entry] = []
    total = 0
    for entry in pool:
        if total + entry.duration_seconds <= target * (1 + config.tolerance):
            chosen.append(entry)
            total += entry.duration_seconds
        if total >= target * (1 - config.tolerance):
            break
    return _swap_last(chosen, pool, target)


def _swap_last(chosen: list[Entry], pool: Sequence[Entry], target: int) -> list[Entry]:
    """Replaces the last entry by the unused one that brings the total nearest to the target."""
    if not chosen:
        return chosen
    rest = sum(entry.duration_seconds for entry in chosen[:-1])
    used = {entry.item_id for entry in chosen[:-1]}
    best = min(
        (entry for entry in pool if entry.item_id not in used),
        key=lambda entry: abs(target - rest - entry.duration_seconds),
    )
    is_nearer = abs(target - rest - best.duration_seconds) < abs(target - rest - chosen[-1].duration_seconds)
    return [*chosen[:-1], best] if is_nearer else chosen


def order_entries(
    entries: Sequence[Entry], vectors: Vectors, first_ids: Sequence[int] = (), config: FittingConfig | None = None
) -> list[Entry]:
    """Greedy nearest-neighbour order by cosine and score, with one maker's entries spaced apart where possible.

    `first_ids` (the seeds) open the list in the given order.
    """
    config = config or FittingConfig()
    remaining = {entry.item_id: entry for entry in entries}
    ordered = [remaining.pop(item_id) for item_id in first_ids if item_id in remaining]
    while remaining:
        following = _pick_next(list(remaining.values()), ordered, vectors, config)
        ordered.append(remaining.pop(following.item_id))
    return _space_makers(ordered)


def _pick_next(remaining: Sequence[Entry], ordered: Sequence[Entry], vectors: Vectors, config: FittingConfig) -> Entry:
    if not ordered:
        return max(remaining, key=lambda entry: (entry.score, -entry.item_id))
    last = ordered[-1]
    others = _list_unlike(remaining, ordered[-config.spacing :]) or _list_unlike(remaining, [last]) or list(remaining)
    counts_left = Counter(entry.maker for entry in remaining)
    most = max(counts_left.values())
    # A maker with more than half of the remaining entries must come now, or their entries end up side by side.
    urgent = [
        entry for entry in others if entry.maker and counts_left[entry.maker] == most and 2 * most > len(remaining)
    ]
    return max(
        urgent or others,
        key=lambda entry: (_similarity(last, entry, vectors) + config.score_pull * entry.score, -entry.item_id),
    )


def _list_unlike(remaining: Sequence[Entry], recent: Sequence[Entry]) -> list[Entry]:
    """Entries that share neither maker nor title with the recent ones."""
    return [entry for entry in remaining if not any(_clash(entry, other) for other in recent)]


def _clash(first: Entry, second: Entry) -> bool:
    return bool(first.maker and first.maker == second.maker) or bool(
        first.title_key and first.title_key == second.title_key
    )


def _similarity(first: Entry, second: Entry, vectors: Vectors) -> float:
    if first.item_id not in vectors or second.item_id not in vectors:
        return 0.0
    return float(vectors[first.item_id] @ vectors[second.item_id])


def _space_makers(ordered: list[Entry]) -> list[Entry]:
    """Moves an entry next to one of the same maker to the nearest position where it is not."""
    spaced = list(ordered)
    for index in range(1, len(spaced)):
        if not _follows_same_maker(spaced, index):
            continue
        entry = spaced.pop(index)
        positions = [position for position in range(1, len(spaced) + 1) if _fits(spaced, position, entry)]
        spaced.insert(min(positions, key=lambda position: abs(position - index), default=index), entry)
    return spaced


def _follows_same_maker(entries: Sequence[Entry], index: int) -> bool:
    return bool(entries[index].maker) and entries[index - 1].maker == entries[index].maker


def _fits(entries: Sequence[Entry], position: int, entry: Entry) -> bool:
    before = entries[position - 1].maker if position else ""
    after = entries[position].maker if position < len(entries) else ""
    is_between_makers = not (before and before == after)
    return before != entry.maker and after != entry.maker and is_between_makers
