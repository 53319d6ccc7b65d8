"""Pattern-based slot filling: lengths, counts, ownership, ordinals, commands. Pure; knows no tables.

Each reader takes the lower-case text and returns the slot's value and the text without it, so nothing is read twice.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from mediarec.library.ownership import Ownership
from recommender.language.lexicon import NUMBERS, ORDINALS

SHORT_SECONDS = {"film": 95 * 60, "video": 10 * 60, "track": 3 * 60, "album": 35 * 60}
LONG_SECONDS = {"film": 150 * 60, "video": 30 * 60, "track": 7 * 60, "album": 60 * 60}
NOT_TOO_LONG_SECONDS = 120 * 60
ABOUT_SECONDS = 10 * 60  # tolerance of "about 90 minutes" in both directions
NUMBER = r"(\d{1,4}|" + "|".join(NUMBERS) + r")"
HOURS = re.compile(rf"\b{NUMBER}(?:\s+(and a half|a half))?(\.5)?\s*-?\s*(?:hours?|hrs?|h)\b(\s+and a half)?")
HOURS_MINUTES = re.compile(r"\b(\d)\s*(?:h|:|hours?|hrs?)\s*(?:and )?([0-5]\d)\s*(?:m|min|mins|minutes)?\b")
MINUTES = re.compile(r"\b(\d{1,4})\s*-?\s*(?:minutes?|mins?)\b")
HALF_HOUR = re.compile(r"\bhalf an? hour\b")
AT_MOST = re.compile(
    r"(?:\b(?:under|less than|at most|up to|max(?:imum)?(?: of)?|within|below|shorter than"
    r"|(?:no|not|n't|nothing|never|not be)(?: any)? (?:longer|more|over)(?: than)?"
    r"|(?:i|we)(?:'ve)?(?: only| just)? (?:have|got)(?: only| just)?)|<)\s*$"
)
AT_LEAST = re.compile(r"(?:\b(?:over|more than|at least|longer than|above|min(?:imum)?)|>)\s*$")
ABOUT = re.compile(r"\b(?:about|around|roughly|approximately)\s*$")
SHORT = re.compile(r"\b(?:short|quick|brief)\b")
LONG = re.compile(r"\blong\b")
NOT_TOO_LONG = re.compile(r"\b(?:not|n't|nothing|isn't)(?: be)? (?:too|so|very|that) long\b")
NEGATED_TAIL = re.compile(r"(?:\b(?:that )?(?:is|are)n't|\bnot|\bno)\s*$")
HAVE_MET = r"(?!\s+(?:already |not |never )?(?:seen|heard|watched|listened|loved|been|to|a|an|no)\b)"
OWNED = re.compile(
    rf"\b(?:that |which )?(?:i|we)(?:'ve| have)?(?: already)? (?:own|got|have){HAVE_MET}\b(?: on (?:the|our|my) shelf)?"
    r"|\b(?:from|in|on) (?:my|our) (?:own )?(?:library|collection|shelf|shelves)\b|\bowned\b"
)
NOT_OWNED = re.compile(
    rf"\b(?:that |which )?(?:i|we) (?:don't|do not) (?:own|have|have yet){HAVE_MET}(?: yet)?\b"
    r"|\bnot owned\b|\b(?:to buy|to get)\b|\b(?:beyond|outside|not in) (?:my|our) (?:library|collection)\b"
)
SEEN_TOO = re.compile(
    r"(?<!never )(?<!ever )\b(?:again|re-?watch|re-?listen"
    r"|(?:already|i've|i have|we've) (?:already )?(?:seen|heard|loved)(?: too)?|including seen)\b"
)
PLAYLIST = re.compile(r"\b(?:playlist|mix ?tape|mix)\b")
REFUSING_VERB = r"(?:recommend|suggest|show|play|offer)(?:ing)?(?: me)?(?: any(?:thing)?)?"
STANDING = re.compile(
    r"\b(?:from now on|from today on|in (?:the )?future|always|for ?ever|ever again|no more|never again|any ?more"
    rf"|(?:don't|do not|never)(?: ever)?(?: again)? {REFUSING_VERB}|stop {REFUSING_VERB}|i never want"
    r"|(?:for|until|till) the (?:next|rest of the) (?:week|month|year)|(?:until|till) \w+)\b"
)
EXPIRES = re.compile(
    r"\b(?:for|until|till) the (?:next|rest of the) (week|month|year)\b|\b(?:until|till) (christmas|new year)\b"
)
THAT = re.compile(r"\b(?:of )?(?:that|those|these|this|them|it)\b")
WHY = re.compile(r"\bwhy\b")
WHY_NOT = re.compile(r"\bwhy (?:not|isn't|wasn't|don't|didn't|no)\b")
SHOW_ME = re.compile(r"\b(?:show|showing|hear from|i hear)\b(?= (?:me|us)\b)| of all time\b")
ORDINAL = re.compile(r"\b(?:the )?(" + "|".join(ORDINALS) + r")(?: one)?\b|\bnumber (\d{1,2})\b")
COUNTS: dict[str, int] = {name: value for name, value in NUMBERS.items() if value > 1} | {
    "one": 1, "a couple of": 2, "a couple": 2, "a few": 3, "a dozen": 12, "half a dozen": 6,
}  # fmt: skip
COUNT_WORDS = "|".join(sorted(COUNTS, key=len, reverse=True))
COUNTED_NOUNS = (
    "films?|movies?|series|shows?|songs?|tracks?|albums?|records?|clips?|videos?|tunes?|ideas?|things?|suggestions?"
    "|episodes?|documentaries|comedies|dramas|westerns|thrillers|musicals|flicks?"
)
COUNT = re.compile(
    rf"(?<!the )(?<!number )(?<!this )\b(\d{{1,2}}|{COUNT_WORDS})\b(?=(?: [\w'-]+){{0,3}} (?:{COUNTED_NOUNS})\b)"
)
OPENING_COUNT = re.compile(
    rf"^\s*(?:(?:please )?(?:give|show|find|play) me |list |recommend |just |only |top )?(\d{{1,2}}|{COUNT_WORDS})"
    r"\s+(?=[a-z])"
)
HELP = re.compile(
    r"^\s*(?:(?:hi|hello|hey)[,!.]? )?(?:help|what can (?:you|i) (?:do|ask|say)|how does this work|what is this\W*$"
    r"|(?:who|what) are you|what do you do|are you (?:an? )?(?:human|person|real|robot|bot|ai|machine|computer)"
    r"|what(?:'s| is) your name|how are you)\b"
)


@dataclass(frozen=True)
class Range:
    """A closed range, open at the end whose bound is None."""

    low: int | None = None
    high: int | None = None


def normalise(text: str) -> str:
    """Normalised text: lower case, one kind of apostrophe, omitted apostrophes restored ("dont")."""
    text = text.lower().replace("’", "'").replace("‘", "'")
    return re.sub(r"\b(do|does|did|is|are|was|ca|wo|have)nt\b", r"\1n't", text)


def remove_match(text: str, match: re.Match[str]) -> str:
    """The text with a match replaced by a comma, so that the words around it do not become adjacent."""
    return f"{text[: match.start()]} , {text[match.end() :]}"


def read_length(text: str) -> tuple[Range | None, int | None, str]:
    """(runtime range of one item, None), or (None, total) where no bound is named ("an hour of jazz"), in seconds."""
    for pattern in (HALF_HOUR, HOURS_MINUTES, HOURS, MINUTES):
        if match := pattern.search(text):
            return _read_bound(text, match, _read_seconds(pattern, match))
    return None, None, text


def _read_bound(text: str, match: re.Match[str], seconds: int) -> tuple[Range | None, int | None, str]:
    before, rest = text[: match.start()].rstrip(), f" , {text[match.end() :]}"
    bounds = (
        (AT_MOST, Range(high=seconds)),
        (AT_LEAST, Range(low=seconds)),
        (ABOUT, Range(max(60, seconds - ABOUT_SECONDS), seconds + ABOUT_SECONDS)),
    )
    for pattern, span in bounds:
        if bound := pattern.search(before):
            prefix = NEGATED_TAIL.sub("", before[: bound.start()].rstrip())
            return span, None, prefix + rest
    return None, seconds, before + rest


def _read_seconds(pattern: re.Pattern[str], match: re.Match[str]) -> int:
    if pattern is HALF_HOUR:
        return 30 * 60
    amount = int(match[1]) if match[1].isdigit() else NUMBERS[match[1]]
    if pattern is MINUTES:
        return amount * 60
    if pattern is HOURS_MINUTES:
        return amount * 3600 + int(match[2]) * 60
    half = 0.5 if any(match[group] for group in (2, 3, 4)) else 0.0
    return int((amount + half) * 3600)


def read_loose_length(text: str, kind: str) -> tuple[Range | None, str]:
    """ "Short" or "long" without a number, as a range of seconds that depends on the kind."""
    if match := SHORT.search(text):
        return Range(high=SHORT_SECONDS.get(kind, SHORT_SECONDS["film"])), text[: match.start()] + text[match.end() :]
    if match := LONG.search(text):
        return Range(low=LONG_SECONDS.get(kind, LONG_SECONDS["film"])), text[: match.start()] + text[match.end() :]
    return None, text


def read_ownership(text: str) -> tuple[Ownership | None, str]:
    for pattern, ownership in ((NOT_OWNED, Ownership.NOT_OWNED), (OWNED, Ownership.OWNED)):
        if match := pattern.search(text):
            return ownership, remove_match(text, match)
    return None, text


def read_count(text: str) -> tuple[int | None, str]:
    if match := COUNT.search(text) or OPENING_COUNT.search(text):
        count = int(match[1]) if match[1].isdigit() else COUNTS[match[1]]
        return max(1, min(count, 50)), text[: match.start(1)] + text[match.end(1) :]
    return None, text


def read_ordinal(text: str) -> tuple[int | None, str]:
    """A position in the last answer, from 0: "the second one" is 1."""
    if match := ORDINAL.search(text):
        position = ORDINALS[match[1]] if match[1] else int(match[2]) - 1
        return position, remove_match(text, match)
    return None, text


def read_expiry(text: str, today: date) -> date | None:
    """The day a standing rule expires, if the sentence names one."""
    match = EXPIRES.search(text)
    if match is None:
        return None
    if match[1]:
        return today + timedelta(days={"week": 7, "month": 30, "year": 365}[match[1]])
    end = date(today.year, 12, 24) if match[2] == "christmas" else date(today.year, 12, 31)
    return end if end > today else end.replace(year=today.year + 1)
