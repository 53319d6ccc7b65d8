"""Whether a sentence about several works says of each only what its own facts say. Pure; knows no model, no tables.

A text is taken apart where it goes from one work to the next. What is said there must stand, word for word, in the
facts of every work named there; the few words left over may only be those that say nothing by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from recommender.items.cards import ItemFacts
from recommender.language.stemming import fold_number
from recommender.llm.grounding import SENTENCE_END, WORD, check_sentence, split_words
from recommender.llm.prompts import list_facts

SHORTEST_ADDRESS = 0xE000  # a title travels as one letter of the private use area: its words say nothing
TITLE = re.compile("[\ue000-\uf8ff]")
KINDS = {
    "film": ("film", "movie"), "series": ("series", "show"), "episode": ("episode",), "album": ("album", "record"),
    "track": ("track", "song"), "video": ("video", "clip"),
}  # fmt: skip
HEARD = frozenset(("album", "track"))  # may be called music
# Said of somebody -> who that is; the longer first.
ROLES: dict[str, tuple[str, ...]] = {
    "directed by": ("director",), "written by": ("writer",), "created by": ("creator",),
    "composed by": ("composer",), "performed by": ("artist",), "sung by": ("artist",), "published by": ("channel",),
    "starring": ("actor",), "featuring": ("actor",), "with": ("actor",),
    "by": ("director", "creator", "artist", "composer", "channel"),
}  # fmt: skip
# Words that say nothing of a work. No negation, degree, likeness or praise is among them.
EMPTY = frozenset(
    """
    a also an and another but consider here how i in is it its may maybe might of one or perhaps
    pick recommend recommends recommended so start suggest suggested suggestion that the then there this to too try us
    want was we well what which while with would you your about from as if for give see let let's
    go let’s
    """.split()  # noqa: SIM905 - a list this long reads better as prose
)
OF_BOTH = frozenset(("both", "are", "were"))  # said of one work alone they mean more than it
OF_A_WISH = frozenset((
    "ask", "asked", "for", "in", "looking", "mood", "re", "since", "said", "something", "ve", "want", "wanted", "wish",
    "wished",
))  # fmt: skip
WISHED = re.compile(
    r"\byou(?:'re|'ve|’re|’ve| are| have)? (?:ask(?:ed)?|want(?:ed)?|wish(?:ed)?|looking|in the mood)\b"
)
VERB = re.compile(r"\b(?:is|are|was|were)\b")
URGED = re.compile(r"\b(?:try|start|consider|pick|may|might|could)\b", re.I)
PLEASING = re.compile(r"\b(?:may|might|could)(?: also)? (?:like|enjoy)\b", re.I)
PART_END = re.compile(r"[,;:()–—]|\s-\s|\b(?:and|but|while|or|so|then|which)\b")
# Nothing is by, in or about a work; "start with" one may be said.
PLACED = re.compile("\\b(?<!start )(?:by|of|in|about|from|as|than|to|for|with|it)\\s+[\ue000-\uf8ff]", re.I)
YEAR = re.compile(r"\b(?:(?:made|released) in|from|in)?\s*(?:the year )?\b(\d{4})\b(?!s)", re.I)
DECADE = re.compile(r"\b(?:from|in|of)?\s*\bthe (\d{4})s\b|\b(\d{4})s\b", re.I)


def check_answer(text: str, works: Sequence[ItemFacts], wished: Sequence[str] = ()) -> list[str]:
    """Problems as short sentences, [] when everything said stands in the facts of the work it is said of.

    `wished` are the labels of what was asked for: only "you asked for" may repeat them.
    """
    facts = [line for work in works for line in list_facts(work)]
    problems = check_sentence(text, [*facts, f"wish: {', '.join(wished)}"])
    marked, named = mark_titles(text, works)
    for part, titles in split_parts(marked):
        if titles:
            problems += _check_part(part, [work for title in titles for work in named[title]])
        else:
            problems += _check_aside(part, wished)
    return problems


def mark_titles(text: str, works: Sequence[ItemFacts]) -> tuple[str, dict[str, list[ItemFacts]]]:
    """The text with a letter for each title, its year beside it included, and whose title each letter is."""
    named: dict[str, list[ItemFacts]] = {}
    by_words: dict[tuple[str, ...], list[ItemFacts]] = {}
    for work in works:
        by_words.setdefault(tuple(split_words(work.title)), []).append(work)
    for place, (words, own) in enumerate(sorted(by_words.items(), key=lambda pair: -len(pair[0]))):
        letter = chr(SHORTEST_ADDRESS + place)
        named[letter] = own
        for start, end in reversed(list(_find_title(text, words))):
            text = f"{text[:start]} {letter} {_without_year(text[end:], own)}"
    return text, named


def _find_title(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where a title stands, its quotes included; one that is an everyday word ("It") must be quoted."""
    found = list(WORD.finditer(text))
    needs_quotes = set(words) <= EMPTY | OF_BOTH
    place = 0
    while words and place + len(words) <= len(found):
        stretch = found[place : place + len(words)]
        start, end = stretch[0].start(), stretch[-1].end()
        is_said = tuple(split_words(text[start:end])) == words and text[start : start + 1] != text[start].lower()
        is_said = is_said or (tuple(split_words(text[start:end])) == words and not text[start].isalpha())
        quoted = text[start - 1 : start] in {"“", '"', "‘"} if start else False
        if is_said and (quoted or not needs_quotes):
            closed = quoted and text[end : end + 1] in {"”", '"', "’"}
            yield (start - 1, end + 1) if closed else (start, end)
            place += len(words)
        else:
            place += 1


def _without_year(rest: str, own: Sequence[ItemFacts]) -> str:
    year = re.match(r"\s*(?:\((\d{4})\)|,? from (\d{4})\b(?!s))", rest)
    return rest[year.end() :] if year and all(str(work.year) == (year[1] or year[2]) for work in own) else rest


def split_parts(marked: str) -> Iterator[tuple[str, list[str]]]:
    """Each stretch with the titles it speaks of. What names no work goes on about the one before it in its sentence,
    or leads up to the first; works named before their verb share what is said."""
    for sentence in SENTENCE_END.split(marked):
        open_part, said = "", ""
        for piece in _cut(sentence):
            if WISHED.search(piece.lower()) and not TITLE.search(piece):
                yield piece, []
            elif TITLE.search(piece) and TITLE.search(open_part) and (VERB.search(said) or URGED.search(piece)):
                yield open_part, TITLE.findall(open_part)
                open_part = said = piece
            else:
                open_part += piece
                said += piece
        if open_part.strip():
            yield open_part, TITLE.findall(open_part)


def _cut(sentence: str) -> list[str]:
    """The pieces between commas and "and", each with what leads it."""
    starts = [0, *(match.start() for match in PART_END.finditer(sentence)), len(sentence)]
    return [sentence[start:end] for start, end in pairwise(starts) if end > start]


def _check_part(part: str, works: Sequence[ItemFacts]) -> list[str]:
    problems = ["It says where a work stands that is none."] if PLACED.search(part) else []
    rest = _take_years(_take_people(part, works), works)
    words = split_words(PLEASING.sub(" ", rest))
    phrases = set.intersection(*(_list_phrases(work) for work in works))
    allowed = EMPTY | (OF_BOTH if len(works) > 1 else frozenset())
    left = _find_left(words, phrases, allowed, are_many=len(works) > 1)
    names = ", ".join(dict.fromkeys(work.title for work in works))
    return problems + [f"The facts of {names} do not say “{word}”." for word in left]


def _check_aside(part: str, wished: Sequence[str]) -> list[str]:
    """What names no work repeats the wish, or says nothing."""
    is_wish = WISHED.search(part.lower())
    phrases = {tuple(split_words(label)) for label in wished} if is_wish else set()
    left = _find_left(split_words(part), phrases, EMPTY | (OF_A_WISH if is_wish else frozenset()))
    return [f"It says “{word}” of no work." for word in left]


def _list_phrases(work: ItemFacts) -> set[tuple[str, ...]]:
    """What may be said of a work, each whole: "serial killer" makes nothing serial."""
    said = [*work.genres, *work.tags, *KINDS.get(work.kind, ()), *(["music"] if work.kind in HEARD else [])]
    return {tuple(split_words(phrase)) for phrase in said} - {()}


def _find_left(
    words: Sequence[str], phrases: Collection[tuple[str, ...]], allowed: Collection[str], *, are_many: bool = True
) -> list[str]:
    """The words that are neither allowed nor part of a phrase, the longest phrases taken first. Singular and plural
    are one, but said of one work a plural of our own says that it is not the only one."""
    said = {word for phrase in phrases for word in phrase}
    forms = [fold_number(word) if are_many or word in said or not word.endswith("s") else word for word in words]
    for phrase in sorted({tuple(map(fold_number, phrase)) for phrase in phrases}, key=len, reverse=True):
        for place in range(len(forms) - len(phrase) + 1):
            if tuple(forms[place : place + len(phrase)]) == phrase:
                forms[place : place + len(phrase)] = [""] * len(phrase)  # both sides do not become neighbours
    plain = {"", *allowed, *map(fold_number, allowed)}
    return [word for word, form in zip(words, forms, strict=True) if form not in plain]


def _take_people(part: str, works: Sequence[ItemFacts]) -> str:
    """Without “directed by …” and its kin where every work has that person in that role, and more of them after it."""
    for phrase, roles in ROLES.items():
        names = {name for role in roles for name in works[0].people.get(role, ())}
        shared = [
            name for name in names if all(any(name in w.people.get(role, ()) for role in roles) for w in works[1:])
        ]
        if shared:
            one = "|".join(re.escape(name) for name in sorted(shared, key=len, reverse=True))
            part = re.sub(rf"(?i:\b{phrase})\s+(?:{one})(?:(?:,|,? and)\s+(?:{one}))*(?!\w)", " , ", part)
    return part


def _take_years(part: str, works: Sequence[ItemFacts]) -> str:
    years = {str(work.year) for work in works}
    if len(years) > 1:
        return part
    part = YEAR.sub(lambda found: " , " if found[1] in years else found[0], part)
    decades = {f"{year[:3]}0" for year in years}
    return DECADE.sub(lambda found: " , " if (found[1] or found[2]) in decades else found[0], part)
