"""What speaks for two descriptions being of one work: makers and lengths, compared. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mediarec.library.importers.base import ParsedWork
from mediarec.library.matching.titles import name_keys

SAME, DIFFERENT, UNKNOWN = "same", "different", "unknown"
LENGTH_TOLERANCE_SECONDS = 12  # two rips of one recording; a live version differs by more
CLOSE_SECONDS = 5  # two masters of one recording
CLOSE_SHARE, FAR_SHARE = 0.05, 0.25  # cuts of one film differ; another film of that name differs more


@dataclass(frozen=True)
class Evidence:
    """`confidence` of 0..1 that both are one work, and reasons a person can read."""

    confidence: float = 0.0
    reasons: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return ", ".join(self.reasons)


NOTHING = Evidence()


def list_people(work: ParsedWork, roles: Iterable[str]) -> frozenset[str]:
    return frozenset(key for role in roles for name in work.people.get(role, ()) for key in name_keys(name))


def compare_people(one: ParsedWork, other: ParsedWork, roles: Iterable[str]) -> str:
    """SAME where they share one; UNKNOWN where either names none."""
    roles = tuple(roles)
    ours, theirs = list_people(one, roles), list_people(other, roles)
    if not ours or not theirs:
        return UNKNOWN
    return SAME if ours & theirs or _share_words(ours, theirs) else DIFFERENT


def _share_words(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """ "Bong Joon-ho" and "Joon-ho Bong": the same letters in another order."""
    return bool({"".join(sorted(key)) for key in ours} & {"".join(sorted(key)) for key in theirs})


def compare_lengths(one: ParsedWork, other: ParsedWork, *, is_exact: bool = False) -> str:
    """Films by share of their length, recordings and clips by seconds; UNKNOWN in between."""
    if not one.runtime_seconds or not other.runtime_seconds:
        return UNKNOWN
    apart = abs(one.runtime_seconds - other.runtime_seconds)
    if is_exact:
        return SAME if apart <= CLOSE_SECONDS else DIFFERENT if apart > LENGTH_TOLERANCE_SECONDS else UNKNOWN
    share = apart / max(one.runtime_seconds, other.runtime_seconds)
    return SAME if share <= CLOSE_SHARE else DIFFERENT if share > FAR_SHARE else UNKNOWN


def describe_lengths(one: ParsedWork, other: ParsedWork) -> str:
    if not one.runtime_seconds or not other.runtime_seconds:
        return ""
    apart = abs(one.runtime_seconds - other.runtime_seconds)
    return "the same length" if apart == 0 else f"{apart} second{'' if apart == 1 else 's'} apart"
