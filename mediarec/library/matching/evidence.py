"""Evidence that two descriptions are of one work: people and lengths compared. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mediarec.library.importers.base import ParsedWork
from mediarec.library.matching.titles import name_keys

SAME, DIFFERENT, UNKNOWN = "same", "different", "unknown"
LENGTH_TOLERANCE_SECONDS = 12  # two rips of one recording; a live version differs by more
CLOSE_SECONDS = 5  # two masters of one recording
CLOSE_SHARE, FAR_SHARE = 0.05, 0.25  # of the longer; cuts of one film differ less, another film of that title more


@dataclass(frozen=True)
class Evidence:
    """The confidence 0..1 that both are one work, with reasons that people can read."""

    confidence: float = 0.0
    reasons: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return ", ".join(self.reasons)


NOTHING = Evidence()


def list_people(work: ParsedWork, roles: Iterable[str]) -> frozenset[str]:
    return frozenset(key for role in roles for name in work.people.get(role, ()) for key in name_keys(name))


def compare_people(one: ParsedWork, other: ParsedWork, roles: Iterable[str]) -> str:
    """SAME where they share a person in these roles; UNKNOWN where either names none."""
    roles = tuple(roles)
    left, right = list_people(one, roles), list_people(other, roles)
    if not left or not right:
        return UNKNOWN
    return SAME if left & right or _match_reordered(left, right) else DIFFERENT


def _match_reordered(left: frozenset[str], right: frozenset[str]) -> bool:
    """Compares sorted letters, so that "Bong Joon-ho" equals "Joon-ho Bong"."""
    return bool({"".join(sorted(key)) for key in left} & {"".join(sorted(key)) for key in right})


def compare_lengths(one: ParsedWork, other: ParsedWork, *, is_exact: bool = False) -> str:
    """Films by relative difference; recordings and clips (`is_exact`) by seconds. UNKNOWN between the thresholds."""
    if not one.runtime_seconds or not other.runtime_seconds:
        return UNKNOWN
    difference = abs(one.runtime_seconds - other.runtime_seconds)
    if is_exact:
        return SAME if difference <= CLOSE_SECONDS else DIFFERENT if difference > LENGTH_TOLERANCE_SECONDS else UNKNOWN
    share = difference / max(one.runtime_seconds, other.runtime_seconds)
    return SAME if share <= CLOSE_SHARE else DIFFERENT if share > FAR_SHARE else UNKNOWN


def describe_lengths(one: ParsedWork, other: ParsedWork) -> str:
    if not one.runtime_seconds or not other.runtime_seconds:
        return ""
    difference = abs(one.runtime_seconds - other.runtime_seconds)
    return "the same length" if difference == 0 else f"{difference} second{'' if difference == 1 else 's'} apart"
