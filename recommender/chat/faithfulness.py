"""Faithfulness check for text about several items: each claim must be in the facts of its item. Pure; knows no tables.

The text is split where it moves from one item to the next. The words of a part must occur in the facts of every item
named in it; the words left over must be neutral ones that claim nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from recommender.items.cards import ItemFacts
from recommender.language.stemming import fold_number
from recommender.llm.grounding import SENTENCE_END, WORD, check_sentence, split_words
from recommender.llm.prompts import list_facts

SHORTEST_ADDRESS = (
    0xE000  # each title is replaced by one private-use character, so that its words are not read as claims
)
TITLE = re.compile("[\ue000-\uf8ff]")
KINDS = {
    "film": ("film", "movie"), "series": ("series", "show"), "episode": ("episode",), "album": ("album", "record"),
    "track": ("track", "song"), "video": ("video", "clip"),
}  # fmt: skip
HEARD = frozenset(("album", "track"))  # kinds that may be called music
# Phrase -> roles it may stand for; longer phrases first.
ROLES: dict[str, tuple[str, ...]] = {
    "directed by": ("director",), "written by": ("writer",), "created by": ("creator",),
    "composed by": ("composer",), "performed by": ("artist",), "sung by": ("artist",), "published by": ("channel",),
    "starring": ("actor",), "featuring": ("actor",), "with": ("actor",),
    "by": ("director", "creator", "artist", "composer", "channel"),
}  # fmt: skip
# Neutral words. They must not contain negations, degrees, comparisons or praise.
EMPTY = frozenset(
    """
    a also an and another but consider here how i in is it its may maybe might of one or perhaps
    pick recommend recommends recommended so start suggest suggested suggestion that the then there this to too try us
    want was we well what which while with would you your about from as if for give see let let's
    go let’s
    """.split()  # noqa: SIM905 - a list this long reads better as prose
)
OF_BOTH = frozenset(("both", "are", "were"))  # neutral only in a part about several items
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
# A title must not follow "by", "in" or "about"; "start with" is allowed.
PLACED = re.compile("\\b(?<!start )(?:by|of|in|about|from|as|than|to|for|with|it)\\s+[\ue000-\uf8ff]", re.I)
YEAR = re.compile(r"\b(?:(?:made|released) in|from|in)?\s*(?:the year )?\b(\d{4})\b(?!s)", re.I)
DECADE = re.compile(r"\b(?:from|in|of)?\s*\bthe (\d{4})s\b|\b(\d{4})s\b", re.I)


def check_answer(text: str, works: Sequence[ItemFacts], wished: Sequence[str] = ()) -> list[str]:
    """Problems as short sentences; [] if every claim is in the facts of its item.

    `wished` are the labels of the request, which only phrases such as "you asked for" may repeat.
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
    """The text with each title (and the year next to it) replaced by a placeholder, and the items by placeholder."""
    items_by_letter: dict[str, list[ItemFacts]] = {}
    by_words: dict[tuple[str, ...], list[ItemFacts]] = {}
    for work in works:
        by_words.setdefault(tuple(split_words(work.title)), []).append(work)
    for index, (words, group) in enumerate(sorted(by_words.items(), key=lambda pair: -len(pair[0]))):
        letter = chr(SHORTEST_ADDRESS + index)
        items_by_letter[letter] = group
        for start, end in reversed(list(_find_title(text, words))):
            text = f"{text[:start]} {letter} {_without_year(text[end:], group)}"
    return text, items_by_letter


def _find_title(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Spans of a title, quotes included; a title of neutral words only ("It") must be quoted."""
    tokens = list(WORD.finditer(text))
    needs_quotes = set(words) <= EMPTY | OF_BOTH
    index = 0
    while words and index + len(words) <= len(tokens):
        window = tokens[index : index + len(words)]
        start, end = window[0].start(), window[-1].end()
        is_said = tuple(split_words(text[start:end])) == words and text[start : start + 1] != text[start].lower()
        is_said = is_said or (tuple(split_words(text[start:end])) == words and not text[start].isalpha())
        is_quoted = text[start - 1 : start] in {"“", '"', "‘"} if start else False
        if is_said and (is_quoted or not needs_quotes):
            is_closed = is_quoted and text[end : end + 1] in {"”", '"', "’"}
            yield (start - 1, end + 1) if is_closed else (start, end)
            index += len(words)
        else:
            index += 1


def _without_year(rest: str, works: Sequence[ItemFacts]) -> str:
    year = re.match(r"\s*(?:\((\d{4})\)|,? from (\d{4})\b(?!s))", rest)
    return rest[year.end() :] if year and all(str(work.year) == (year[1] or year[2]) for work in works) else rest


def split_parts(marked: str) -> Iterator[tuple[str, list[str]]]:
    """Parts of the text with the titles they are about. A part without a title continues the previous one,
    or introduces the first; titles before a shared verb share its claims."""
    for sentence in SENTENCE_END.split(marked):
        open_part, clause = "", ""
        for piece in _cut(sentence):
            if WISHED.search(piece.lower()) and not TITLE.search(piece):
                yield piece, []
            elif TITLE.search(piece) and TITLE.search(open_part) and (VERB.search(clause) or URGED.search(piece)):
                yield open_part, TITLE.findall(open_part)
                open_part = clause = piece
            else:
                open_part += piece
                clause += piece
        if open_part.strip():
            yield open_part, TITLE.findall(open_part)


def _cut(sentence: str) -> list[str]:
    """The pieces between commas and conjunctions, each with its leading separator."""
    starts = [0, *(match.start() for match in PART_END.finditer(sentence)), len(sentence)]
    return [sentence[start:end] for start, end in pairwise(starts) if end > start]


def _check_part(part: str, works: Sequence[ItemFacts]) -> list[str]:
    problems = ["It says where a work stands that is none."] if PLACED.search(part) else []
    rest = _remove_years(_remove_people(part, works), works)
    words = split_words(PLEASING.sub(" ", rest))
    phrases = set.intersection(*(_list_phrases(work) for work in works))
    allowed = EMPTY | (OF_BOTH if len(works) > 1 else frozenset())
    unsupported = _unsupported_words(words, phrases, allowed, are_many=len(works) > 1)
    names = ", ".join(dict.fromkeys(work.title for work in works))
    return problems + [f"The facts of {names} do not say “{word}”." for word in unsupported]


def _check_aside(part: str, wished: Sequence[str]) -> list[str]:
    """A part without a title may only repeat the request or use neutral words."""
    is_wish = WISHED.search(part.lower())
    phrases = {tuple(split_words(label)) for label in wished} if is_wish else set()
    unsupported = _unsupported_words(split_words(part), phrases, EMPTY | (OF_A_WISH if is_wish else frozenset()))
    return [f"It says “{word}” of no work." for word in unsupported]


def _list_phrases(work: ItemFacts) -> set[tuple[str, ...]]:
    """Supported phrases of an item, matched as a whole: "serial killer" does not support "serial"."""
    phrases = [*work.genres, *work.tags, *KINDS.get(work.kind, ()), *(["music"] if work.kind in HEARD else [])]
    return {tuple(split_words(phrase)) for phrase in phrases} - {()}


def _unsupported_words(
    words: Sequence[str], phrases: Collection[tuple[str, ...]], allowed: Collection[str], *, are_many: bool = True
) -> list[str]:
    """The words that are neither allowed nor part of a phrase, longest phrases first. Singular and plural are
    equal, except that a plural the facts do not contain is not allowed for a single item."""
    phrase_words = {word for phrase in phrases for word in phrase}
    forms = [
        fold_number(word) if are_many or word in phrase_words or not word.endswith("s") else word for word in words
    ]
    for phrase in sorted({tuple(map(fold_number, phrase)) for phrase in phrases}, key=len, reverse=True):
        for index in range(len(forms) - len(phrase) + 1):
            if tuple(forms[index : index + len(phrase)]) == phrase:
                forms[index : index + len(phrase)] = [""] * len(phrase)  # keeps the words around it apart
    neutral = {"", *allowed, *map(fold_number, allowed)}
    return [word for word, form in zip(words, forms, strict=True) if form not in neutral]


def _remove_people(part: str, works: Sequence[ItemFacts]) -> str:
    """Removes “directed by …” and similar phrases where every item has these people in that role."""
    for phrase, roles in ROLES.items():
        names = {name for role in roles for name in works[0].people.get(role, ())}
        shared = [
            name for name in names if all(any(name in w.people.get(role, ()) for role in roles) for w in works[1:])
        ]
        if shared:
            name_pattern = "|".join(re.escape(name) for name in sorted(shared, key=len, reverse=True))
            part = re.sub(
                rf"(?i:\b{phrase})\s+(?:{name_pattern})(?:(?:,|,? and)\s+(?:{name_pattern}))*(?!\w)", " , ", part
            )
    return part


def _remove_years(part: str, works: Sequence[ItemFacts]) -> str:
    years = {str(work.year) for work in works}
    if len(years) > 1:
        return part
    part = YEAR.sub(lambda found: " , " if found[1] in years else found[0], part)
    decades = {f"{year[:3]}0" for year in years}
    return DECADE.sub(lambda found: " , " if (found[1] or found[2]) in decades else found[0], part)
