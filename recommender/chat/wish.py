"""What a sentence was understood to ask for, as frozen data and as chips that can be taken away again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from recommender.chat.lexicon import MOODS, TOPICS
from recommender.types import Filters, Ownership

LANGUAGE_NAMES = {
    "en": "English", "fr": "French", "de": "German", "it": "Italian", "es": "Spanish", "pt": "Portuguese",
    "ja": "Japanese", "ko": "Korean", "zh": "Chinese", "ru": "Russian", "sv": "Swedish", "da": "Danish",
    "no": "Norwegian", "fi": "Finnish", "nl": "Dutch", "pl": "Polish", "cs": "Czech", "hu": "Hungarian",
    "hi": "Hindi", "bn": "Bengali", "fa": "Persian", "ar": "Arabic", "tr": "Turkish", "el": "Greek",
    "he": "Hebrew", "th": "Thai", "ta": "Tamil",
}  # fmt: skip
KIND_NAMES = {
    "film": "films", "series": "series", "episode": "episodes", "track": "tracks", "album": "albums", "video": "videos",
}  # fmt: skip


class Intent(StrEnum):
    RECOMMEND = "recommend"
    PLAYLIST = "playlist"
    RULE = "rule"
    EXPLAIN = "explain"
    HELP = "help"


@dataclass(frozen=True)
class Wish:
    """One turn's wish. `query` is the free text left for the vectors; `seed_ids` are items to be like."""

    intent: Intent = Intent.RECOMMEND
    filters: Filters = field(default_factory=Filters)
    query: str = ""
    seed_ids: tuple[int, ...] = ()
    seed_titles: tuple[str, ...] = ()
    limit: int = 5
    duration_seconds: int | None = None
    offered_ids: tuple[int, ...] = ()  # shown earlier in the thread, so not offered again
    refers_to: int | None = None  # the item "why the second one?" asks about
    relaxed: str = ""  # what of the wish could not be met, as a sentence

    def to_json(self) -> dict[str, Any]:
        return {
            "intent": self.intent.value,
            "filters": self.filters.to_json(),
            "query": self.query,
            "seed_ids": list(self.seed_ids),
            "seed_titles": list(self.seed_titles),
            "limit": self.limit,
            "duration_seconds": self.duration_seconds,
            "offered_ids": list(self.offered_ids),
            "refers_to": self.refers_to,
            "relaxed": self.relaxed,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Wish:
        return cls(
            intent=Intent(stored.get("intent", Intent.RECOMMEND)),
            filters=Filters.from_json(stored.get("filters", {})),
            query=stored.get("query", ""),
            seed_ids=tuple(stored.get("seed_ids", ())),
            seed_titles=tuple(stored.get("seed_titles", ())),
            limit=stored.get("limit", 5),
            duration_seconds=stored.get("duration_seconds"),
            offered_ids=tuple(stored.get("offered_ids", ())),
            refers_to=stored.get("refers_to"),
            relaxed=stored.get("relaxed", ""),
        )


@dataclass(frozen=True)
class Chip:
    """One thing understood. `key` names it for `remove_chip`."""

    key: str
    label: str


WORD_FIELDS = (("any", "any_words", "{}"), ("all", "all_words", "{}"), ("not", "none_words", "no {}"))
PEOPLE_FIELDS = (("with", "people", "{}"), ("without", "no_people", "without {}"))


def list_chips(wish: Wish) -> list[Chip]:
    """Everything that narrows or directs the answer, in reading order."""
    filters = wish.filters
    chips = [Chip(f"kind:{kind}", KIND_NAMES.get(kind, kind)) for kind in filters.kinds]
    chips += [Chip(f"seed:{title}", f"like {title}") for title in wish.seed_titles]
    for key, name, label in (*WORD_FIELDS, *PEOPLE_FIELDS):
        groups = _group_words(getattr(filters, name))
        chips += [Chip(f"{key}:{'|'.join(group)}", label.format(group[0])) for group in groups]
    chips += [Chip(f"language:{code}", LANGUAGE_NAMES.get(code, code)) for code in filters.languages]
    chips += _range_chips(filters)
    if filters.ownership != Ownership.ANY:
        chips.append(Chip("ownership", "owned" if filters.ownership == Ownership.OWNED else "not owned"))
    if filters.include_seen:
        chips.append(Chip("seen", "seen ones too"))
    if wish.duration_seconds:
        chips.append(Chip("duration", f"about {wish.duration_seconds // 60} min in all"))
    if spoken := _unsaid(wish):
        chips.append(Chip("query", f"“{spoken}”"))
    return chips


def _group_words(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Words that one thing said stands for ("dark" for bleak and grim, too) make one chip."""
    groups: list[tuple[str, ...]] = []
    left = list(words)
    while left:
        found = (
            group for group in (*TOPICS.values(), *MOODS.values()) if group[0] == left[0] and set(group) <= set(left)
        )
        group = max(found, key=len, default=(left[0],))
        groups.append(group)
        left = [word for word in left if word not in group]
    return groups


def _unsaid(wish: Wish) -> str:
    """The free words that no other chip says already."""
    said = {part for word in (*wish.filters.any_words, *wish.filters.all_words) for part in word.split()}
    return " ".join(word for word in wish.query.split() if word not in said)


def _range_chips(filters: Filters) -> list[Chip]:
    chips = []
    if filters.year_from is not None and filters.year_from == filters.year_to:
        chips.append(Chip("years", str(filters.year_from)))
    elif filters.year_from is not None and filters.year_to is not None:
        chips.append(Chip("years", f"{filters.year_from}–{filters.year_to}"))
    elif filters.year_from is not None:
        chips.append(Chip("years", f"from {filters.year_from}"))
    elif filters.year_to is not None:
        chips.append(Chip("years", f"up to {filters.year_to}"))
    if filters.runtime_to_seconds is not None:
        chips.append(Chip("shorter", f"at most {filters.runtime_to_seconds // 60} min"))
    if filters.runtime_from_seconds is not None:
        chips.append(Chip("longer", f"at least {filters.runtime_from_seconds // 60} min"))
    return chips


def remove_chip(wish: Wish, key: str) -> Wish:
    """The wish without one chip; an unknown key changes nothing."""
    name, _, value = key.partition(":")
    if name == "seed":
        return _without_seed(wish, value)
    if name == "duration":
        return replace(wish, duration_seconds=None)
    if name in {"query", "any", "all"}:
        dropped = set(_unsaid(wish).split() if name == "query" else value.replace("|", " ").split())
        wish = replace(wish, query=" ".join(word for word in wish.query.split() if word not in dropped))
    return replace(wish, filters=_without_filter(wish.filters, name, value))


def _without_seed(wish: Wish, title: str) -> Wish:
    pairs = [pair for pair in zip(wish.seed_ids, wish.seed_titles, strict=True) if pair[1] != title]
    return replace(wish, seed_ids=tuple(pair[0] for pair in pairs), seed_titles=tuple(pair[1] for pair in pairs))


def _without_filter(filters: Filters, name: str, value: str) -> Filters:
    lists = {key: field_name for key, field_name, _ in (*WORD_FIELDS, *PEOPLE_FIELDS)}
    lists |= {"kind": "kinds", "language": "languages"}
    if name in lists:
        taken = value.split("|")
        kept = tuple(word for word in getattr(filters, lists[name]) if word not in taken)
        return replace(filters, **{lists[name]: kept})  # type: ignore[arg-type]
    cleared: dict[str, dict[str, Any]] = {
        "years": {"year_from": None, "year_to": None},
        "shorter": {"runtime_to_seconds": None},
        "longer": {"runtime_from_seconds": None},
        "ownership": {"ownership": Ownership.ANY},
        "seen": {"include_seen": False},
    }
    return replace(filters, **cleared.get(name, {}))
