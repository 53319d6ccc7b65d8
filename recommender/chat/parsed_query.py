"""What a sentence was understood to ask for, as frozen data and as chips that can be taken away again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator

from recommender.facets import Section, list_terms, remove_term
from recommender.types import Filters, StoredFilters, json_adapter


def _check_day(day: str) -> str:
    if day:
        date.fromisoformat(day)
    return day


IsoDay = Annotated[str, AfterValidator(_check_day)]  # an ISO date, or empty


class Intent(StrEnum):
    RECOMMEND = "recommend"
    PLAYLIST = "playlist"
    RULE = "rule"
    EXPLAIN = "explain"
    HELP = "help"
    KEEP = "keep"  # the rule that was shown
    UNDO = "undo"
    MARK = "mark"  # seen, liked or disliked
    ASIDE = "aside"  # answered by the sentence in `relaxed`; nothing is shown


@dataclass(frozen=True)
class ParsedQuery:
    """One turn's wish. `query` is the free text left for the vectors; `seed_ids` are items to be like."""

    intent: Intent = Intent.RECOMMEND
    filters: StoredFilters = field(default_factory=Filters)
    query: str = ""
    seed_ids: tuple[int, ...] = ()
    seed_titles: tuple[str, ...] = ()
    limit: int = 5
    duration_seconds: int | None = None
    offered_ids: tuple[int, ...] = ()  # shown earlier in the thread, so not offered again
    refers_to: int | None = None  # the item "why the second one?" asks about
    relaxed: str = ""  # what of the wish could not be met, as a sentence
    moods: tuple[str, ...] = ()  # concepts that direct the answer; their words are part of `query`
    is_standing: bool = False
    expires_on: IsoDay = ""  # on which a standing wish ends
    refused_titles: tuple[str, ...] = ()  # their ids are in `filters.exclude_ids`
    unknown_title: str = ""  # said where a title stands, but not in the catalogue
    near_titles: tuple[str, ...] = ()  # what the catalogue holds that is spelt most alike
    mark: str = ""  # what to record about `refers_to`
    clash: str = ""  # a contradiction inside the sentence and how it was taken
    guessed: tuple[Chip, ...] = ()  # chips of what the language model read, with the words it read it from

    def to_json(self) -> dict[str, Any]:
        """Every field as a JSON column holds it; `from_json` reads it back."""
        stored = json_adapter(type(self)).dump_python(self, mode="json")
        guessed = [[chip.key, chip.guessed_from] for chip in self.guessed]
        return {**stored, "guessed": guessed}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ParsedQuery:
        """What an older version did not store is as it is by default; what else the column holds is left out.
        Raises ValueError or TypeError for a value of no use."""
        guessed = [{"key": key, "label": "", "guessed_from": said} for key, said in stored.get("guessed", ())]
        return json_adapter(cls).validate_python({**stored, "guessed": guessed})


@dataclass(frozen=True)
class Chip:
    """One thing understood. `key` names it for `remove_chip`; a guess names the words it was guessed from."""

    key: str
    label: str
    guessed_from: str = ""

    def to_json(self) -> dict[str, str]:
        stored = {"key": self.key, "label": self.label}
        return stored | {"guessed_from": self.guessed_from} if self.guessed_from else stored


def list_chips(wish: ParsedQuery) -> list[Chip]:
    """Everything that narrows or directs the answer, in reading order."""
    chips = _list_filter_chips(wish.filters, Section.KIND)
    chips += [Chip(f"seed:{title}", f"like {title}") for title in wish.seed_titles]
    chips += _list_filter_chips(wish.filters, Section.CONTENT)
    chips += [Chip(f"mood:{mood}", mood) for mood in wish.moods]
    chips += [Chip(f"refused:{title}", f"not {title}") for title in wish.refused_titles]
    chips += _list_filter_chips(wish.filters, Section.DETAIL)
    if wish.duration_seconds:
        chips.append(Chip("duration", f"about {wish.duration_seconds // 60} min in all"))
    if spoken := " ".join(list_open_words(wish)):
        chips.append(Chip("query", f"“{spoken}”"))
    guessed = {chip.key: chip.guessed_from for chip in wish.guessed}
    return [replace(chip, guessed_from=guessed.get(chip.key, "")) for chip in chips]


def _list_filter_chips(filters: Filters, section: Section) -> list[Chip]:
    return [Chip(term.key, term.label) for term in list_terms(filters, section)]


def list_open_words(wish: ParsedQuery) -> list[str]:
    """The free words that no other chip says already."""
    said = {part for word in (*wish.filters.any_words, *wish.filters.all_words, *wish.moods) for part in word.split()}
    return [word for word in wish.query.split() if word not in said]


def remove_chip(wish: ParsedQuery, key: str) -> ParsedQuery:
    """The wish without one chip; an unknown key changes nothing."""
    name, _, value = key.partition(":")
    if name == "seed":
        return _without_seed(wish, value)
    if name == "duration":
        return replace(wish, duration_seconds=None)
    if name == "refused":
        return _without_refused(wish, value)
    if name == "mood":
        wish = replace(wish, moods=tuple(mood for mood in wish.moods if mood != value))
    if name in {"query", "any", "all", "mood"}:
        dropped = set(list_open_words(wish) if name == "query" else value.replace("|", " ").split())
        wish = replace(wish, query=" ".join(word for word in wish.query.split() if word not in dropped))
    return replace(wish, filters=remove_term(wish.filters, key))


def _without_seed(wish: ParsedQuery, title: str) -> ParsedQuery:
    pairs = [pair for pair in zip(wish.seed_ids, wish.seed_titles, strict=True) if pair[1] != title]
    return replace(wish, seed_ids=tuple(pair[0] for pair in pairs), seed_titles=tuple(pair[1] for pair in pairs))


def _without_refused(wish: ParsedQuery, title: str) -> ParsedQuery:
    """`refused_titles` stand last in `exclude_ids`, in the same order."""
    first = len(wish.filters.exclude_ids) - len(wish.refused_titles)
    place = wish.refused_titles.index(title) if title in wish.refused_titles else -1
    if place < 0:
        return wish
    excluded = tuple(pk for i, pk in enumerate(wish.filters.exclude_ids) if i != first + place)
    titles = tuple(refused for refused in wish.refused_titles if refused != title)
    return replace(wish, refused_titles=titles, filters=replace(wish.filters, exclude_ids=excluded))
