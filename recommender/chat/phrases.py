"""The shapes of sentences, each one reader: years, lengths, counts, ownership, commands. Pure; knows no tables.

Every reader takes the lowered text and returns what it found and the text without it, so nothing is read twice.
"""

import re
from dataclasses import dataclass

from recommender.chat.lexicon import NUMBERS, ORDINALS
from recommender.types import Ownership

SHORT_FILM_SECONDS = 95 * 60
LONG_FILM_SECONDS = 150 * 60
NUMBER = r"(\d{1,4}|" + "|".join(NUMBERS) + r")"
HOURS = re.compile(rf"\b{NUMBER}(?:\s+(and a half|a half))?(\.5)?\s*-?\s*(?:hours?|hrs?|h)\b(\s+and a half)?")
MINUTES = re.compile(r"\b(\d{1,4})\s*-?\s*(?:minutes?|mins?)\b")
HALF_HOUR = re.compile(r"\bhalf an hour\b")
AT_MOST = re.compile(
    r"\b(under|less than|at most|no (?:longer|more) than|shorter than|up to|max(?:imum)?|within|below)\s*$"
)
AT_LEAST = re.compile(r"\b(over|more than|at least|longer than|above)\s*$")
DECADE = re.compile(r"\b(?:from |in |of )?(?:the )?(early |mid |late )?(?:(19|20)?(\d)0'?s)\b")
YEAR_SPAN = re.compile(r"\b(?:between |from )?((?:19|20)\d\d)\s*(?:-|–|to|and)\s*((?:19|20)\d\d)\b")
YEAR_BOUND = re.compile(r"\b(before|until|older than|after|since|newer than)\s+((?:19|20)\d\d)\b")
YEAR = re.compile(r"\b(?:from |in |of )((?:18|19|20)\d\d)\b")
OWNED = re.compile(
    r"\b(?:that |which )?(?:i|we)(?:'ve| have)?(?: already)? (?:own|got|have)\b"
    r"|\b(?:from|in) (?:my|our) (?:own )?(?:library|collection|shelf)\b|\bowned\b"
)
NOT_OWNED = re.compile(
    r"\b(?:that |which )?(?:i|we) (?:don't|do not|dont) (?:own|have)(?: yet)?\b"
    r"|\bnot owned\b|\b(?:to buy|to get)\b|\bbeyond (?:my|our) (?:library|collection)\b"
)
SEEN_TOO = re.compile(
    r"\b(?:again|re-?watch|re-?listen|(?:already|i've|i have) (?:seen|heard)(?: too)?|including seen)\b"
)
PLAYLIST = re.compile(r"\b(?:playlist|mix ?tape|mix)\b")
STANDING = re.compile(
    r"\b(?:from now on|in (?:the )?future|always|ever again|no more|never again"
    r"|(?:stop|don't|do not|never)(?: again)? (?:recommend|suggest|show)(?:ing)?(?: me)?)\b"
)
THAT = re.compile(r"\b(?:of )?(?:that|those|these|this|them|it)\b")
WHY = re.compile(r"\bwhy\b")
ORDINAL = re.compile(r"\b(?:the )?(" + "|".join(ORDINALS) + r")(?: one)?\b|\bnumber (\d{1,2})\b")
COUNT_WORDS = "two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty"
COUNTED_NOUNS = (
    "films?|movies?|series|shows?|songs?|tracks?|albums?|records?|clips?|videos?|tunes?|ideas?|things?|suggestions?"
)
COUNT = re.compile(rf"\b(\d{{1,2}}|{COUNT_WORDS})\b(?=(?: [\w'-]+){{0,3}} (?:{COUNTED_NOUNS})\b)")
OPENING_COUNT = re.compile(rf"^\s*(?:(?:give|show|find) me |list |recommend )?(\d{{1,2}}|{COUNT_WORDS})\s+(?=[a-z])")
HELP = re.compile(r"^\s*(?:help|what can you do|how does this work)\b")


@dataclass(frozen=True)
class Span:
    """A stretch with an open end where one bound is None."""

    low: int | None = None
    high: int | None = None


def cut(text: str, match: re.Match[str]) -> str:
    """The text with one match replaced by a comma, so that words on both sides do not become neighbours."""
    return f"{text[: match.start()]} , {text[match.end() :]}"


def read_years(text: str) -> tuple[Span | None, str]:
    if match := YEAR_SPAN.search(text):
        return Span(int(match[1]), int(match[2])), cut(text, match)
    if match := YEAR_BOUND.search(text):
        year = int(match[2])
        upward = match[1] in {"after", "since", "newer than"}
        exclusive = 0 if match[1] in {"since", "until"} else 1
        return (Span(low=year + exclusive) if upward else Span(high=year - exclusive)), cut(text, match)
    if match := DECADE.search(text):
        return _read_decade(match), cut(text, match)
    if match := YEAR.search(text):
        return Span(int(match[1]), int(match[1])), cut(text, match)
    return None, text


def _read_decade(match: re.Match[str]) -> Span:
    digit = int(match[3])
    century = int(match[2]) if match[2] else (20 if digit <= 2 else 19)
    start = century * 100 + digit * 10
    part = (match[1] or "").strip()
    low, high = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}.get(part, (0, 9))
    return Span(start + low, start + high)


def read_length(text: str) -> tuple[Span | None, int | None, str]:
    """A bound on one item's runtime, or a total where no bound is said ("an hour of jazz"), in seconds."""
    for pattern in (HALF_HOUR, HOURS, MINUTES):
        if match := pattern.search(text):
            seconds = _read_seconds(pattern, match)
            before, rest = text[: match.start()].rstrip(), cut(text, match)
            if at_most := AT_MOST.search(before):
                return Span(high=seconds), None, before[: at_most.start()] + rest[len(text[: match.start()]) :]
            if at_least := AT_LEAST.search(before):
                return Span(low=seconds), None, before[: at_least.start()] + rest[len(text[: match.start()]) :]
            return None, seconds, rest
    return None, None, text


def _read_seconds(pattern: re.Pattern[str], match: re.Match[str]) -> int:
    if pattern is HALF_HOUR:
        return 30 * 60
    amount = int(match[1]) if match[1].isdigit() else NUMBERS[match[1]]
    if pattern is MINUTES:
        return amount * 60
    half = 0.5 if any(match[group] for group in (2, 3, 4)) else 0.0
    return int((amount + half) * 3600)


def read_ownership(text: str) -> tuple[Ownership | None, str]:
    for pattern, ownership in ((NOT_OWNED, Ownership.NOT_OWNED), (OWNED, Ownership.OWNED)):
        if match := pattern.search(text):
            return ownership, cut(text, match)
    return None, text


def read_count(text: str) -> tuple[int | None, str]:
    if match := COUNT.search(text) or OPENING_COUNT.search(text):
        count = int(match[1]) if match[1].isdigit() else NUMBERS[match[1]]
        return max(1, min(count, 50)), text[: match.start(1)] + text[match.end(1) :]
    return None, text


def read_ordinal(text: str) -> tuple[int | None, str]:
    """The place in the last answer that is meant, from 0."""
    if match := ORDINAL.search(text):
        place = ORDINALS[match[1]] if match[1] else int(match[2]) - 1
        return place, cut(text, match)
    return None, text
