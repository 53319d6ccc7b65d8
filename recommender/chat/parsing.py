"""A sentence becomes a wish by rules alone, so the same words always mean the same thing. Knows no language model."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from recommender.chat import phrases
from recommender.chat.lexicon import KINDS, LANGUAGES, MOODS, STOP_WORDS, TOPICS, WEAK_KIND_WORDS
from recommender.chat.names import FoundName, find_people, find_titles
from recommender.chat.wish import Intent, Wish
from recommender.types import Filters

LONGEST_SENTENCE = 500
NEGATION = re.compile(
    r"\b(?:no|not|without|nothing|never|avoid|less|isn't|aren't|don't want|don't like|hate|sick of|tired of|except"
    r"|skip|(?:don't|do not|never)(?: again)? (?:recommend|suggest|show)(?: me)?"
    r"|stop (?:recommending|suggesting|showing)(?: me)?)\b"
)
CLAUSE_END = re.compile(
    r"[,.;!?]|\bbut\b|\bplease\b|\bonly\b|\bjust\b|\bwith\b|\bfrom now on\b|\band (?:something|more|make)\b"
)
REFINES = re.compile(
    r"^\s*(?:but|and|or|only|just|also|make it|the \w+ one|older|newer|shorter|longer|more|less|no |not |without"
    r"|what about|how about|something (?:older|newer|shorter|longer|else|lighter|darker)|instead"
    r"|again|others?|another)\b"
)
COMPARED = {
    "older": ("year_to", -1), "earlier": ("year_to", -1), "newer": ("year_from", 1), "more recent": ("year_from", 1),
    "shorter": ("runtime_to_seconds", -1), "longer": ("runtime_from_seconds", 1),
}  # fmt: skip
ERA_STEP_YEARS = 5


@dataclass(frozen=True)
class Context:
    """What the last answer was, for "the second one" and "older": ids, years and runtimes in the order shown."""

    wish: Wish | None = None
    item_ids: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    runtimes_seconds: tuple[int, ...] = ()
    shared_words: tuple[str, ...] = ()  # genres or tags that most of the last answer has


@dataclass
class _Reading:
    """A sentence on its way: what is left to read and what was found."""

    text: str
    filters: Filters = field(default_factory=Filters)

    def add(self, name: str, values: Iterable[object]) -> None:
        known: tuple[object, ...] = getattr(self.filters, name)
        self.filters = replace(self.filters, **{name: tuple(dict.fromkeys((*known, *values)))})  # type: ignore[arg-type]


def understand(sentence: str, context: Context | None = None, known_words: frozenset[str] = frozenset()) -> Wish:
    """Reads one sentence. `known_words` are the genres and tags of this library, in lower case.

    A sentence that only modifies ("older", "but not too dark") refines the wish before it.
    """
    context = context or Context()
    original = " ".join(sentence[:LONGEST_SENTENCE].split())
    if phrases.HELP.search(original.lower()):
        return Wish(intent=Intent.HELP)
    seeds = find_titles(original)
    people = [name for name in find_people(_blank(original, seeds)) if name.name]
    reading = _Reading(_blank(original, [*seeds, *people]).lower())
    place, reading.text = phrases.read_ordinal(reading.text)
    pointed = context.item_ids[place] if place is not None and place < len(context.item_ids) else None
    if phrases.WHY.search(reading.text) and context.item_ids:
        return Wish(intent=Intent.EXPLAIN, refers_to=pointed or context.item_ids[0])
    standing = bool(phrases.STANDING.search(reading.text))
    _add_people(reading, people, original)
    duration = _read_shapes(reading, context)
    playlist = bool(phrases.PLAYLIST.search(reading.text))
    limit, reading.text = phrases.read_count(reading.text)
    _read_refusals(reading, context, standing, known_words)
    _read_kinds(reading)
    _read_topics(reading, known_words)
    intent = _decide_intent(standing, playlist, reading.filters)
    wish = Wish(
        intent=intent,
        filters=_keep_refusals(reading.filters) if intent == Intent.RULE else reading.filters,
        query=_left_over(reading),
        seed_ids=tuple(seed.pk for seed in seeds) or ((pointed,) if pointed else ()),
        seed_titles=tuple(seed.name for seed in seeds) or ((context.titles[place or 0],) if pointed else ()),
        limit=limit or 5,
        duration_seconds=duration,
    )
    return _carry_on(original, wish, context)


def _blank(text: str, names: Iterable[FoundName]) -> str:
    """Overwrites what was read as a name, so its words are not read again as genres or years."""
    for name in names:
        text = text[: name.start] + "," * (name.end - name.start) + text[name.end :]
    return text


def _add_people(reading: _Reading, people: list[FoundName], original: str) -> None:
    for person in people:
        before = original[: person.start].lower()
        clause = CLAUSE_END.split(before)[-1]
        refused = person.lead in {"no", "without"} or bool(NEGATION.search(clause))
        reading.add("no_people" if refused else "people", [person.name])


def _read_shapes(reading: _Reading, context: Context) -> int | None:
    """Years, lengths, ownership and comparisons with the last answer; returns a total length in seconds."""
    years, reading.text = phrases.read_years(reading.text)
    if years:
        reading.filters = replace(reading.filters, year_from=years.low, year_to=years.high)
    bound, total, reading.text = phrases.read_length(reading.text)
    if bound:
        reading.filters = replace(reading.filters, runtime_from_seconds=bound.low, runtime_to_seconds=bound.high)
    ownership, reading.text = phrases.read_ownership(reading.text)
    if ownership:
        reading.filters = replace(reading.filters, ownership=ownership)
    if phrases.SEEN_TOO.search(reading.text) and not phrases.STANDING.search(reading.text):
        reading.filters = replace(reading.filters, include_seen=True)
    _read_comparisons(reading, context)
    return total


def _read_comparisons(reading: _Reading, context: Context) -> None:
    for word, (name, direction) in COMPARED.items():
        if not re.search(rf"\b{word}\b", reading.text):
            continue
        known = context.years if name.startswith("year") else context.runtimes_seconds
        if known:
            ordered = sorted(known)
            middle = ordered[len(ordered) // 2]
            step = ERA_STEP_YEARS if name.startswith("year") else max(60, middle // 10)
            reading.filters = replace(reading.filters, **{name: middle + direction * step})  # type: ignore[arg-type]
    if re.search(r"\bshort\b", reading.text):
        reading.filters = replace(reading.filters, runtime_to_seconds=phrases.SHORT_FILM_SECONDS)
    elif re.search(r"\blong\b", reading.text):
        reading.filters = replace(reading.filters, runtime_from_seconds=phrases.LONG_FILM_SECONDS)


def _read_refusals(reading: _Reading, context: Context, standing: bool, known_words: frozenset[str]) -> None:
    """Takes what a "no", "not" or "less" refuses out of the text and into the filters."""
    triggers = list(NEGATION.finditer(reading.text)) or (
        list(phrases.STANDING.finditer(reading.text)) if standing else []
    )
    for trigger in reversed(triggers):
        rest = reading.text[trigger.end() :]
        end = CLAUSE_END.search(rest)
        clause = rest[: end.start()] if end else rest
        words = [word for _, group in _match_words(clause, known_words, {**TOPICS, **MOODS}) for word in group]
        languages = [code for name, code in LANGUAGES.items() if re.search(rf"\b{name}\b", clause)]
        if not words and standing and phrases.THAT.search(clause):
            words = list(context.shared_words)
        if words:
            reading.add("none_words", words)
        if words or languages:
            reading.text = reading.text[: trigger.start()] + "," + rest[len(clause) :]


def _read_kinds(reading: _Reading) -> None:
    words = re.findall(r"[\w'-]+", reading.text)
    firm = [word for word in words if word in KINDS and word not in WEAK_KIND_WORDS]
    spoken = firm or [word for word in words if word in KINDS]
    for word in spoken:
        reading.add("kinds", KINDS[word])
    for name, code in LANGUAGES.items():
        if re.search(rf"\b{name}\b", reading.text):
            reading.add("languages", [code])
            reading.text = re.sub(rf"\b(?:in )?{name}\b", ",", reading.text)


def _read_topics(reading: _Reading, known_words: frozenset[str]) -> None:
    """Genres shut others out; moods stay in the text and only give the direction. Of several genres one is enough."""
    for said, group in _match_words(reading.text, known_words, TOPICS):
        reading.add("any_words", group)
        # Said once, as a filter: left in the text it would favour works whose title holds the word.
        reading.text = re.sub(_whole_word(said), ",", reading.text)


def _match_words(
    text: str, known_words: frozenset[str], lexicon: dict[str, tuple[str, ...]]
) -> list[tuple[str, tuple[str, ...]]]:
    """What the text names of the lexicon or of this library's own genres and tags, longest first, each once."""
    found: list[tuple[str, tuple[str, ...]]] = []
    left = text
    spoken = sorted({*lexicon, *(known_words - STOP_WORDS)}, key=lambda word: (-len(word), word))
    for said in spoken:
        if said in left and re.search(_whole_word(said), left):
            found.append((said, lexicon.get(said, (said,))))
            left = re.sub(_whole_word(said), ",", left)
    return found


def _whole_word(said: str) -> str:
    return rf"(?<![\w-]){re.escape(said)}(?![\w-])"


def _decide_intent(standing: bool, playlist: bool, filters: Filters) -> Intent:
    if standing and (filters.none_words or filters.no_people):
        return Intent.RULE
    return Intent.PLAYLIST if playlist else Intent.RECOMMEND


def _keep_refusals(filters: Filters) -> Filters:
    """A standing rule only shuts things out; "no more horror films" must not leave films alone in the feed."""
    return Filters(none_words=filters.none_words, no_people=filters.no_people)


def _left_over(reading: _Reading) -> str:
    """Free text for the vectors: moods and whatever else carries meaning."""
    words = re.findall(r"[^\W_][\w'’-]*", reading.text)
    meaningful = [word for word in words if word not in STOP_WORDS and word not in KINDS]
    return " ".join(dict.fromkeys(meaningful))


def _carry_on(original: str, wish: Wish, context: Context) -> Wish:
    """A sentence that refines keeps what was said before, except what it says anew."""
    before = context.wish
    offered = (*(before.offered_ids if before else ()), *context.item_ids)
    wish = replace(wish, offered_ids=tuple(dict.fromkeys(offered)))
    refines = REFINES.search(original.lower()) or not (wish.filters.kinds or wish.seed_ids or wish.filters.any_words)
    if before is None or not refines or wish.intent in {Intent.RULE, Intent.HELP}:
        return wish
    return replace(
        wish,
        intent=wish.intent if wish.intent != Intent.RECOMMEND or before.intent == Intent.RULE else before.intent,
        filters=_merge(before.filters, wish.filters),
        query=" ".join(dict.fromkeys(f"{before.query} {wish.query}".split())),
        seed_ids=wish.seed_ids or before.seed_ids,
        seed_titles=wish.seed_titles or before.seed_titles,
        duration_seconds=wish.duration_seconds or before.duration_seconds,
        limit=wish.limit if wish.limit != Wish().limit else before.limit,
    )


def _merge(old: Filters, new: Filters) -> Filters:
    """The new sentence's say where it says anything; refusals add up."""
    merged = Filters.from_json({**old.to_json(), **new.to_json()})
    refused = tuple(dict.fromkeys((*old.none_words, *new.none_words)))
    wanted = tuple(word for word in merged.any_words if word not in new.none_words)
    return replace(merged, none_words=refused, any_words=wanted)
