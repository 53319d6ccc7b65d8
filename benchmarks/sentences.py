"""Slot-filling accuracy of the chat on the labelled sentences, on the development half or the test half."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Contributor, Item
from mediarec.library.ownership import Ownership
from recommender.chat.parsed_query import Intent, ParsedQuery
from recommender.chat.parsing import understand
from recommender.facets.wording import group_words
from recommender.language.lexicon import MOODS, TOPICS

SENTENCES = Path(__file__).parent.parent / "tests" / "data" / "chat_sentences.txt"
TODAY = date(2026, 11, 1)
Slots = dict[str, frozenset[str]]
NEGATIVE = ("no", "less", "nolang", "notby", "notlike", "noera")
CONCEPTS = frozenset(words[0] for table in (TOPICS, MOODS) for words in table.values())
KIND_GROUPS = {"music": ("track", "album"), "watch": ("film", "series")}


@dataclass(frozen=True)
class Labelled:
    sentence: str
    slots: Slots

    @property
    def is_untouched(self) -> bool:
        """A fixed split by the hash of the sentence."""
        return hashlib.sha256(self.sentence.encode()).digest()[-1] % 2 == 1

    @property
    def refuses(self) -> bool:
        return any(slot in self.slots for slot in NEGATIVE)


def read_sentences(path: Path = SENTENCES) -> list[Labelled]:
    rows = [line.partition("|") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [Labelled(sentence.strip(), _read_slots(label)) for sentence, _, label in rows]


def _read_slots(label: str) -> Slots:
    slots: Slots = {}
    for part in filter(None, (part.strip() for part in label.split(";"))):
        name, _, values = part.partition("=")
        said = [value.strip() for value in values.split(",")]
        if name == "kind":
            said = [kind for value in said for kind in KIND_GROUPS.get(value, (value,))]
        slots[name] = frozenset(_place_in_time(value) if "now" in value else value for value in said)
    return slots


def _place_in_time(era: str) -> str:
    bounds = [bound.replace("now", str(TODAY.year)) for bound in era.split("..")]
    return "..".join(str(int(b.split("-")[0]) - int(b.split("-")[1])) if "-" in b else b for b in bounds)


def store_catalogue(path: Path = SENTENCES) -> None:
    """Creates rows for the titles and people that the sentences mention."""
    for line in path.read_text().splitlines():
        name, _, values = line.removeprefix("# ").partition(": ")
        if name == "titles":
            for title in values.split("; "):
                Item.objects.create(kind="film", title=title, title_key=normalise_title(title))
        if name == "people":
            for person in values.split("; "):
                Contributor.objects.create(name=person, name_key=normalise_title(person))


def list_slots(wish: ParsedQuery) -> Slots:
    """The slots of a parsed query in the format of the labels. Free words have no slot."""
    filters = wish.filters
    slots = {
        "kind": filters.kinds,
        "want": [*_concepts(filters.any_words), *_concepts(filters.more_words)],
        "mood": wish.moods,
        "no": _concepts(filters.none_words),
        "less": _concepts(filters.less_words),
        "era": _span(filters.year_from, filters.year_to),
        "noera": [f"{low}..{high}" for low, high in filters.no_years],
        "len": _span(_minutes(filters.runtime_from_seconds), _minutes(filters.runtime_to_seconds)),
        "total": [str(wish.duration_seconds // 60)] if wish.duration_seconds else [],
        "lang": filters.languages,
        "nolang": filters.no_languages,
        "by": filters.people,
        "notby": filters.no_people,
        "like": wish.seed_titles,
        "notlike": wish.refused_titles,
        "own": {Ownership.OWNED: ["yes"], Ownership.NOT_OWNED: ["no"]}.get(filters.ownership, []),
        "n": [str(wish.limit)] if wish.limit != ParsedQuery().limit else [],
        "out": ["playlist"] if wish.intent == Intent.PLAYLIST else [],
        "when": ["standing"] if wish.is_standing else [],
        "seen": ["yes"] if filters.include_seen else [],
    }
    return {name: frozenset(values) for name, values in slots.items() if values}


def _concepts(words: tuple[str, ...]) -> list[str]:
    return [group[0] for group in group_words(words) if group[0] in CONCEPTS]


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else seconds // 60


def _span(low: int | None, high: int | None) -> list[str]:
    if low is None and high is None:
        return []
    return [f"{'' if low is None else low}..{'' if high is None else high}"]


@dataclass(frozen=True)
class SentenceFigures:
    """`exact` is the share of sentences with all slots right, `negation` the share of refusals parsed right."""

    sentences: int
    exact: float
    refusing: int
    negation: float


def measure(labelled: Iterable[Labelled]) -> SentenceFigures:
    read = [(row, list_slots(understand(row.sentence, None, CONCEPTS, TODAY))) for row in labelled]
    exact = sum(found == _expected(row) for row, found in read)
    refusing = [(row, found) for row, found in read if row.refuses or any(slot in found for slot in NEGATIVE)]
    right = sum(_refusals(found) == _refusals(_expected(row)) for row, found in refusing)
    return SentenceFigures(len(read), exact / len(read), len(refusing), right / len(refusing))


def _expected(row: Labelled) -> Slots:
    five = str(ParsedQuery().limit)  # the default limit is indistinguishable from a requested one
    return {name: values for name, values in row.slots.items() if (name, values) != ("n", frozenset({five}))}


def _refusals(slots: Slots) -> Slots:
    return {name: values for name, values in slots.items() if name in NEGATIVE}
