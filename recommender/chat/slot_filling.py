"""Fills the slots of one sentence: lengths, years, kinds, genres, moods, languages and names, wanted or refused.

Each reader takes what it understands out of the text, so that what is left over is free words. Knows no intent.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from recommender.chat import slot_patterns
from recommender.chat.dialogue_state import DialogueState, read_comparisons
from recommender.chat.entity_linking import EntityMention
from recommender.chat.negation import NegationScope, find_negation_scopes
from recommender.chat.slot_patterns import Range
from recommender.chat.year_ranges import read_refused_years, read_years
from recommender.language.children import match_children_request, restrict_to_children
from recommender.language.concept_tagger import ConceptMention, ConceptType, tag_concepts
from recommender.language.lexicon import FOREIGN, KINDS, MOOD_ADJECTIVES, STOP_WORDS, WEAK_KIND_WORDS
from recommender.types import Filters

FIRST_PLACEHOLDER = 0xE000  # names travel through the readers as one letter each of the private use area
PLACEHOLDER = re.compile("[\ue000-\uf8ff]")
WORD = re.compile(r"[^\W_][\w'-]*")
EVERY_KIND = ("film", "series", "track", "album", "video")
NOT_ENGLISH = re.compile(r"\b(?:foreign|non[- ]english)(?:[- ]language)?\b")


@dataclass(frozen=True)
class Situation:
    """What a sentence is read in: the answer before it, the genres and tags of this library, and the day."""

    context: DialogueState
    known_words: frozenset[str]
    today: date


@dataclass
class Reading:
    """A sentence on its way: what is left to read and what was found. `pointed_id` is the item of the last answer that
    an ordinal points at, `place` its place there."""

    text: str
    is_for_children: bool = False
    is_playlist: bool = False
    is_standing: bool = False
    expires_on: date | None = None
    place: int | None = None
    pointed_id: int | None = None
    filters: Filters = field(default_factory=Filters)
    moods: tuple[str, ...] = ()
    refused_titles: tuple[str, ...] = ()
    clash: str = ""
    seeds: list[tuple[int, str]] = field(default_factory=list)
    duration_seconds: int | None = None
    limit: int | None = None

    def add(self, name: str, values: Iterable[object]) -> None:
        known: tuple[object, ...] = getattr(self.filters, name)
        self.filters = replace(self.filters, **{name: tuple(dict.fromkeys((*known, *values)))})  # type: ignore[arg-type]


@dataclass(frozen=True)
class SentenceNames:
    """The names of a sentence. Each travels through the readers as one letter: its words mean nothing else."""

    titles: list[EntityMention]
    people: list[EntityMention]

    @property
    def mentions(self) -> list[EntityMention]:
        return [*self.titles, *self.people]

    def hide(self, text: str) -> str:
        for place, name in sorted(enumerate(self.mentions), key=lambda pair: -pair[1].start):
            text = f"{text[: name.start]}{chr(FIRST_PLACEHOLDER + place)}{text[name.end :]}"
        return text

    def find_marks(self, text: str) -> list[ConceptMention]:
        marks = []
        for match in PLACEHOLDER.finditer(text):
            place = ord(match[0]) - FIRST_PLACEHOLDER
            is_title = place < len(self.titles)
            name = self.titles[place] if is_title else self.people[place - len(self.titles)]
            words = (str(name.pk),) if is_title else (name.name,)
            what = ConceptType.TITLE if is_title else ConceptType.PERSON
            marks.append(ConceptMention(match.start(), match.end(), what, words, name.name))
        return marks


def start_reading(original: str, names: SentenceNames, situation: Situation) -> Reading:
    """The text with its names hidden, and what the sentence as a whole is: for whom, a list, a standing wish, about
    one of the items shown."""
    is_for_children, text = _read_children(slot_patterns.normalise(names.hide(original)), situation.known_words)
    place, text = slot_patterns.read_ordinal(text)
    offered = situation.context.item_ids
    pointed_id = offered[place] if place is not None and place < len(offered) else None
    is_standing = bool(slot_patterns.STANDING.search(text))
    return Reading(
        text,
        is_for_children=is_for_children,
        is_playlist=bool(slot_patterns.PLAYLIST.search(text)),
        is_standing=is_standing,
        expires_on=slot_patterns.read_expiry(text, situation.today) if is_standing else None,
        place=place,
        pointed_id=pointed_id,
    )


def fill_slots(reading: Reading, names: SentenceNames, situation: Situation) -> None:
    """Shapes before meanings: "90 minutes" and "from the 70s" hold no genre."""
    reading.duration_seconds = _read_shapes(reading, situation)
    reading.limit, reading.text = slot_patterns.read_count(reading.text)
    _read_meanings(reading, names, situation)
    if reading.is_for_children:
        reading.filters = restrict_to_children(reading.filters)
    loose, reading.text = slot_patterns.read_loose_length(reading.text, (reading.filters.kinds or ("film",))[0])
    if loose and reading.filters.runtime_to_seconds is None and reading.filters.runtime_from_seconds is None:
        reading.filters = replace(reading.filters, runtime_from_seconds=loose.low, runtime_to_seconds=loose.high)


def _read_shapes(reading: Reading, situation: Situation) -> int | None:
    """Lengths, years, ownership and comparisons with the last answer; returns a total length in seconds."""
    bound, total, reading.text = slot_patterns.read_length(reading.text)
    if bound:
        reading.filters = replace(reading.filters, runtime_from_seconds=bound.low, runtime_to_seconds=bound.high)
    if match := slot_patterns.NOT_TOO_LONG.search(reading.text):
        reading.filters = replace(reading.filters, runtime_to_seconds=slot_patterns.NOT_TOO_LONG_SECONDS)
        reading.text = slot_patterns.remove_match(reading.text, match)
    refused, reading.text = read_refused_years(reading.text, situation.today, situation.known_words)
    for span in refused:
        _refuse_years(reading, span)
    years, reading.text = read_years(reading.text, situation.today)
    if years:
        low, high = years.low or reading.filters.year_from, years.high or reading.filters.year_to
        reading.filters = replace(reading.filters, year_from=low, year_to=high)
    ownership, reading.text = slot_patterns.read_ownership(reading.text)
    if ownership:
        reading.filters = replace(reading.filters, ownership=ownership)
    if slot_patterns.SEEN_TOO.search(reading.text) and not slot_patterns.STANDING.search(reading.text):
        reading.filters = replace(reading.filters, include_seen=True)
    reading.filters = read_comparisons(reading.text, reading.filters, situation.context)
    return total


def _refuse_years(reading: Reading, span: Range) -> None:
    """What is old or new without an end is refused by its bound."""
    if span.low is not None and span.high is not None:
        reading.add("no_years", [(span.low, span.high)])
    elif span.low is not None:
        reading.filters = replace(reading.filters, year_to=span.low - 1)
    elif span.high is not None:
        reading.filters = replace(reading.filters, year_from=span.high + 1)


def _read_meanings(reading: Reading, names: SentenceNames, situation: Situation) -> None:
    """Genres, moods, kinds, languages and names, each as wanted, refused or wanted less; then blanks them out."""
    text = reading.text
    unled = slot_patterns.SHOW_ME.sub(lambda match: "," * len(match[0]), text)
    marks = [*tag_concepts(unled, situation.known_words), *names.find_marks(text)]
    scopes = find_negation_scopes(text)
    wanted = [mark for mark in marks if not any(scope.contains(mark.start) for scope in scopes)]
    for scope in scopes:
        _refuse(reading, scope, [m for m in marks if scope.contains(m.start)], text, situation.context)
    _want(reading, wanted)
    if NOT_ENGLISH.search(text):
        reading.add("no_languages", FOREIGN)
    _read_kinds(reading, marks, scopes, text)
    for start, end in [(m.start, m.end) for m in marks] + [(s.start, s.end) for s in scopes]:
        text = text[:start] + "," * (end - start) + text[end:]
    reading.text = NOT_ENGLISH.sub(",", text)


def _refuse(
    reading: Reading, scope: NegationScope, marks: list[ConceptMention], text: str, context: DialogueState
) -> None:
    """What one "no" or "less" reaches. Words that stand for nothing known are refused as they are."""
    field_name = "less_words" if scope.is_degree else "none_words"
    for mark in marks:
        if mark.type in {ConceptType.TOPIC, ConceptType.MOOD}:
            reading.add(field_name, mark.words)
        elif mark.type == ConceptType.LANGUAGE:
            reading.add("no_languages", mark.words)
        elif mark.type == ConceptType.PERSON:
            reading.add("no_people", [mark.phrase])
        elif mark.type == ConceptType.TITLE:
            reading.add("exclude_ids", [int(mark.words[0])])
            reading.refused_titles = (*reading.refused_titles, mark.phrase)
    inside = text[scope.reach : scope.end]
    unknown = list_left_over(
        "".join(" " if any(m.start <= scope.reach + i < m.end for m in marks) else c for i, c in enumerate(inside))
    )
    reading.add(field_name, unknown)
    if not unknown and not marks and slot_patterns.STANDING.search(text) and slot_patterns.THAT.search(inside):
        reading.add(field_name, context.shared_words)


def _want(reading: Reading, marks: list[ConceptMention]) -> None:
    """Genres shut others out; moods only direct. What is refused in the same sentence is wanted as a mood at most."""
    plain_fields = {ConceptType.LANGUAGE: "languages", ConceptType.PERSON: "people"}
    for mark in marks:
        concept = mark.words[0]
        refused = concept in reading.filters.none_words
        if mark.type in plain_fields:
            reading.add(plain_fields[mark.type], mark.words)
        elif mark.type == ConceptType.TITLE:
            reading.seeds.append((int(concept), mark.phrase))
        elif mark.type == ConceptType.TOPIC and refused and MOOD_ADJECTIVES.get(mark.phrase) == concept:
            reading.moods = tuple(dict.fromkeys((*reading.moods, mark.phrase)))
            reading.clash = f"“{mark.phrase}” is taken as a mood, because {concept} is refused."
        elif mark.type in {ConceptType.TOPIC, ConceptType.MOOD} and refused:
            reading.clash = f"{concept.capitalize()} is both asked for and refused; the refusal counts."
        elif mark.type == ConceptType.TOPIC:
            reading.add("any_words", mark.words)
        elif mark.type == ConceptType.MOOD:
            reading.moods = tuple(dict.fromkeys((*reading.moods, concept)))


def _read_kinds(reading: Reading, marks: list[ConceptMention], scopes: list[NegationScope], text: str) -> None:
    """A kind beside something refused ("no superhero films") is what is wanted; alone ("no series") it is refused."""
    spoken = [mark for mark in marks if mark.type == ConceptType.KIND]
    firm = [mark for mark in spoken if mark.phrase not in WEAK_KIND_WORDS]
    wanted: list[str] = []
    refused: list[str] = []
    is_open = all(any(scope.contains(mark.start) for scope in scopes) for mark in firm)  # "not a film, a show"
    for mark in spoken if is_open else firm:
        scope = next((scope for scope in scopes if scope.contains(mark.start)), None)
        alone = scope is not None and not _holds_more(scope, marks, text)
        (refused if alone else wanted).extend(KINDS[mark.phrase])
    if refused and not wanted:
        wanted = [kind for kind in EVERY_KIND if kind not in refused]
    reading.add("kinds", [kind for kind in wanted if kind not in refused])


def _read_children(text: str, known_words: frozenset[str]) -> tuple[bool, str]:
    """Whether it is for children, and the text without saying so, letter for letter as long.

    "Clips for my kids" is, and "nothing scary for kids"; "nothing for kids" and "no kids movies" refuse it.
    """
    said = match_children_request(text)
    if said is None:
        return False, text
    scope = next((scope for scope in find_negation_scopes(text) if scope.contains(said.start())), None)
    before = tag_concepts(text[: said.start()], known_words)
    if scope is not None and not _holds_more(replace(scope, end=said.start()), before, text):
        return False, text
    kinds_alone = WORD.sub(lambda word: word[0] if word[0] in KINDS else "," * len(word[0]), said[0])
    return True, f"{text[: said.start()]}{kinds_alone}{text[said.end() :]}"


def _holds_more(scope: NegationScope, marks: list[ConceptMention], text: str) -> bool:
    others = any(scope.contains(mark.start) and mark.type != ConceptType.KIND for mark in marks)
    return others or bool(list_left_over(text[scope.reach : scope.end]))


def changes_something(filters: Filters) -> bool:
    return replace(filters, include_seen=False) != Filters()


def list_left_over(text: str) -> list[str]:
    """Words that carry meaning and were not read as anything: they go to the vectors."""
    words = [word.strip("'-") for word in WORD.findall(text)]
    kept = [w for w in words if w not in STOP_WORDS and w not in KINDS and (not w.isdigit() or len(w) == 4)]
    return list(dict.fromkeys(word for word in kept if len(word) > 1))
