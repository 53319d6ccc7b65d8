"""Year ranges in a sentence: decades in digits and words, ranges, bounds, "recent", "old". Pure."""

import re
from collections.abc import Callable
from datetime import date

from recommender.chat.negation import find_negation_scopes
from recommender.chat.slot_patterns import Range, remove_match
from recommender.language.concept_tagger import ConceptType, tag_concepts

NAMED_DECADES = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960, "seventies": 1970,
    "eighties": 1980, "nineties": 1990, "noughties": 2000,
}  # fmt: skip
RECENT_YEARS, NEWEST_YEARS, MODERN_YEARS = 5, 2, 30
OLD_UNTIL = 1979
HIDDEN_NAME = re.compile("[\ue000-\uf8ff]")  # placeholder of a title or person that is already linked
PART = r"(early |mid[ -]|late )?"
DECADE = rf"(?:the )?{PART}(?:(?P<century>19|20)?(?P<digit>\d)0'?s|(?P<name>{'|'.join(NAMED_DECADES)}))"
YEAR = r"(?P<year>(?:18|19|20)\d\d)"
NOT_OLDER = (
    r"(?:(?:not|no|nothing|isn't|aren't|n't) (?:older|earlier) than|nothing (?:before|from before|older than)"
    r"|not before)"
)
NOT_NEWER = r"(?:(?:not|no|nothing|isn't|aren't|n't) (?:newer|later|more recent) than|nothing after|not after)"


def find_years(text: str, today: date) -> tuple[Range, re.Match[str]] | None:
    """The years of the first pattern that matches, and the match."""
    for pattern, read in SHAPES:
        if match := pattern.search(text):
            return read(match, today.year), match
    return None


def read_years(text: str, today: date) -> tuple[Range | None, str]:
    """The requested years, and the text without them."""
    match = find_years(text, today)
    return (match[0], remove_match(text, match[1])) if match else (None, text)


def read_refused_years(text: str, today: date, known_words: frozenset[str]) -> tuple[list[Range], str]:
    """Years in a negation scope that refuses nothing else ("no films from the 80s"), and the text without
    both. In "no westerns from the 80s" the westerns are refused."""
    refused: list[Range] = []
    masked = text  # the text with wanted years masked by as many commas, so that offsets agree
    while found := find_years(masked, today):
        span, match = found
        scope = next((s for s in find_negation_scopes(masked) if s.contains(match.start()) and not s.is_degree), None)
        if scope is None or _refuses_other(text[scope.reach : scope.end], known_words):
            masked = f"{masked[: match.start()]}{',' * len(match[0])}{masked[match.end() :]}"
            continue
        refused.append(span)
        text, masked = (
            f"{source[: scope.start]} {source[scope.reach : match.start()]} , {source[match.end() :]}"
            for source in (text, masked)
        )
    return refused, text


def _refuses_other(scope_text: str, known_words: frozenset[str]) -> bool:
    return any(mention.type != ConceptType.KIND for mention in tag_concepts(scope_text, known_words)) or bool(
        HIDDEN_NAME.search(scope_text)
    )


def _decade(match: re.Match[str]) -> tuple[int, int]:
    if match["name"]:
        start = NAMED_DECADES[match["name"]]
    else:
        digit = int(match["digit"])
        start = (int(match["century"]) if match["century"] else (20 if digit <= 1 else 19)) * 100 + digit * 10
    part = next((group for group in match.groups() if group and group.strip(" -") in {"early", "mid", "late"}), "")
    low, high = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}.get(part.strip(" -"), (0, 9))
    return start + low, start + high


def _read_not_older(match: re.Match[str], now: int) -> Range:
    return Range(low=int(match["year"]) if match["year"] else _decade(match)[0])


def _read_not_newer(match: re.Match[str], now: int) -> Range:
    return Range(high=int(match["year"]) if match["year"] else _decade(match)[1])


def _read_before(match: re.Match[str], now: int) -> Range:
    if not match["year"]:
        return Range(high=_decade(match)[0] - 1)
    inclusive = match["word"] in {"until", "till", "no later than"}
    return Range(high=int(match["year"]) - (0 if inclusive else 1))


def _read_since(match: re.Match[str], now: int) -> Range:
    if not match["year"]:
        return Range(low=_decade(match)[0] if match["word"] in {"since", "from"} else _decade(match)[1] + 1)
    return Range(low=int(match["year"]) + (0 if match["word"] in {"since", "from"} else 1))


def _read_last_years(match: re.Match[str], now: int) -> Range:
    counts = {"few": 3, "couple of": 2, "two": 2, "three": 3, "five": 5, "ten": 10, "twenty": 20}
    amount = int(match[1]) if match[1].isdigit() else counts[match[1]]
    return Range(low=now - amount * (10 if match[2].startswith("decade") else 1))


def _shape(pattern: str, read: Callable[[re.Match[str], int], Range]) -> tuple[re.Pattern[str], Callable[..., Range]]:
    return re.compile(pattern), read


SHAPES = (
    _shape(
        r"\b(?:between |from )?((?:18|19|20)\d\d)\s*(?:-|–|to|and|until)\s*((?:18|19|20)\d\d)\b",
        lambda m, _: Range(*sorted((int(m[1]), int(m[2])))),
    ),
    _shape(rf"\b{NOT_OLDER} (?:{YEAR}\b|{DECADE}\b)", _read_not_older),
    _shape(rf"\b{NOT_NEWER} (?:{YEAR}\b|{DECADE}\b)", _read_not_newer),
    _shape(
        r"\b(?:from |made |released )?(?P<word>before|until|till|pre|older than|earlier than|no later than)[ -]?"
        rf"(?:{YEAR}\b(?!')|{DECADE}\b)",
        _read_before,
    ),
    _shape(
        r"\b(?:made |released )?(?P<word>since|after|post|newer than|later than)[ -]?"
        rf"(?:{YEAR}\b|{DECADE}\b)(?: on(?:wards)?\b)?",
        _read_since,
    ),
    _shape(rf"\b(?P<word>from) (?:{YEAR}|{DECADE}) on(?:wards)?\b", _read_since),
    _shape(rf"\b(?:from |in |of )?{DECADE}(?!\w)", lambda m, _: Range(*_decade(m))),
    _shape(
        r"\b(?:from |in |of )?the (?:last|past) (\d{1,2}|few|couple of|two|three|five|ten|twenty) (years|decades)\b",
        _read_last_years,
    ),
    _shape(r"\b(?:from |of |in )?this century\b", lambda m, now: Range(low=2000)),
    _shape(r"\b(?:from |of |in )?this year(?:'s)?\b", lambda m, now: Range(now, now)),
    _shape(r"\b(?:from |of |in )?last year(?:'s)?\b", lambda m, now: Range(now - 1, now - 1)),
    _shape(r"\bmodern classics?\b", lambda m, now: Range(low=now - MODERN_YEARS)),
    _shape(r"\b(?:new|latest|newest) releases?\b|\bjust released\b", lambda m, now: Range(low=now - NEWEST_YEARS)),
    _shape(r"(?<!more )\b(?:recent(?:ly made)?|newest|latest)\b", lambda m, now: Range(low=now - RECENT_YEARS)),
    _shape(r"\b(?:from|in|of) ((?:18|19|20)\d\d)\b|^((?:18|19|20)\d\d)$", lambda m, _: Range(*[int(m[1] or m[2])] * 2)),
    _shape(r"\b(?:from|in) '?([2-9]\d)(?! ?(?:min|h\b|hour|film|song))\b", lambda m, _: Range(*[1900 + int(m[1])] * 2)),
    _shape(r"(?<!years )(?<!year )(?<!the )\b(?:old|classic|vintage)\b", lambda m, _: Range(high=OLD_UNTIL)),
    _shape(r"\bclassics\b", lambda m, _: Range(high=OLD_UNTIL)),
)
