"""What a sentence was understood to ask for, as frozen data and as chips that can be taken away again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from mediarec.library.ownership import Ownership
from recommender.language.children import FOR_CHILDREN
from recommender.language.lexicon import MOODS, TOPICS
from recommender.types import Filters

LANGUAGE_NAMES = {
    "en": "English", "fr": "French", "de": "German", "it": "Italian", "es": "Spanish", "pt": "Portuguese",
    "ja": "Japanese", "ko": "Korean", "zh": "Chinese", "ru": "Russian", "sv": "Swedish", "da": "Danish",
    "no": "Norwegian", "fi": "Finnish", "nl": "Dutch", "pl": "Polish", "cs": "Czech", "hu": "Hungarian",
    "hi": "Hindi", "bn": "Bengali", "fa": "Persian", "ar": "Arabic", "tr": "Turkish", "el": "Greek",
    "he": "Hebrew", "th": "Thai", "ta": "Tamil", "is": "Icelandic", "uk": "Ukrainian", "ro": "Romanian",
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
    KEEP = "keep"  # the rule that was shown
    UNDO = "undo"
    MARK = "mark"  # seen, liked or disliked
    ASIDE = "aside"  # answered by the sentence in `relaxed`; nothing is shown


@dataclass(frozen=True)
class ParsedQuery:
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
    moods: tuple[str, ...] = ()  # concepts that direct the answer; their words are part of `query`
    is_standing: bool = False
    expires_on: str = ""  # ISO date on which a standing wish ends
    refused_titles: tuple[str, ...] = ()  # their ids are in `filters.exclude_ids`
    unknown_title: str = ""  # said where a title stands, but not in the catalogue
    near_titles: tuple[str, ...] = ()  # what the catalogue holds that is spelt most alike
    mark: str = ""  # what to record about `refers_to`
    clash: str = ""  # a contradiction inside the sentence and how it was taken
    guessed: tuple[Chip, ...] = ()  # chips of what the language model read, with the words it read it from

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
            "moods": list(self.moods),
            "is_standing": self.is_standing,
            "expires_on": self.expires_on,
            "refused_titles": list(self.refused_titles),
            "unknown_title": self.unknown_title,
            "near_titles": list(self.near_titles),
            "mark": self.mark,
            "clash": self.clash,
            "guessed": [[chip.key, chip.guessed_from] for chip in self.guessed],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ParsedQuery:
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
            moods=tuple(stored.get("moods", ())),
            is_standing=stored.get("is_standing", False),
            expires_on=stored.get("expires_on", ""),
            refused_titles=tuple(stored.get("refused_titles", ())),
            unknown_title=stored.get("unknown_title", ""),
            near_titles=tuple(stored.get("near_titles", ())),
            mark=stored.get("mark", ""),
            clash=stored.get("clash", ""),
            guessed=tuple(Chip(key, "", said) for key, said in stored.get("guessed", ())),
        )


@dataclass(frozen=True)
class Chip:
    """One thing understood. `key` names it for `remove_chip`; a guess names the words it was guessed from."""

    key: str
    label: str
    guessed_from: str = ""

    def to_json(self) -> dict[str, str]:
        stored = {"key": self.key, "label": self.label}
        return stored | {"guessed_from": self.guessed_from} if self.guessed_from else stored


WORD_FIELDS = (
    ("any", "any_words", "{}"),
    ("all", "all_words", "{}"),
    ("not", "none_words", "no {}"),
    ("less", "less_words", "less {}"),
    ("more", "more_words", "more {}"),
)
PEOPLE_FIELDS = (("with", "people", "{}"), ("without", "no_people", "without {}"))


def list_chips(wish: ParsedQuery) -> list[Chip]:
    """Everything that narrows or directs the answer, in reading order."""
    filters = wish.filters
    chips = [Chip(f"kind:{kind}", KIND_NAMES.get(kind, kind)) for kind in filters.kinds]
    chips += [Chip(f"seed:{title}", f"like {title}") for title in wish.seed_titles]
    for key, name, label in (*WORD_FIELDS, *PEOPLE_FIELDS):
        groups = group_words(getattr(filters, name))
        chips += [Chip(f"{key}:{'|'.join(group)}", _label_group(label, group)) for group in groups]
    chips += [Chip(f"mood:{mood}", mood) for mood in wish.moods]
    chips += [Chip(f"refused:{title}", f"not {title}") for title in wish.refused_titles]
    chips += [Chip(f"language:{code}", LANGUAGE_NAMES.get(code, code)) for code in filters.languages]
    chips += [Chip(f"no_language:{code}", f"not {LANGUAGE_NAMES.get(code, code)}") for code in filters.no_languages]
    chips += _range_chips(filters)
    if filters.ownership != Ownership.ANY:
        chips.append(Chip("ownership", "owned" if filters.ownership == Ownership.OWNED else "not owned"))
    if filters.include_seen:
        chips.append(Chip("seen", "seen ones too"))
    if wish.duration_seconds:
        chips.append(Chip("duration", f"about {wish.duration_seconds // 60} min in all"))
    if spoken := " ".join(list_open_words(wish)):
        chips.append(Chip("query", f"“{spoken}”"))
    guessed = {chip.key: chip.guessed_from for chip in wish.guessed}
    return [replace(chip, guessed_from=guessed.get(chip.key, "")) for chip in chips]


def _label_group(label: str, group: tuple[str, ...]) -> str:
    return "for children" if group == FOR_CHILDREN else label.format(group[0])


def group_words(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Words that one thing said stands for ("dark" for bleak and grim, too) make one chip."""
    groups: list[tuple[str, ...]] = []
    left = list(words)
    while left:
        found = (
            group
            for group in (FOR_CHILDREN, *TOPICS.values(), *MOODS.values())
            if group[0] == left[0] and set(group) <= set(words)
        )
        group = max(found, key=len, default=(left[0],))
        groups.append(group)
        left = [word for word in left if word not in group]
    return groups


def list_open_words(wish: ParsedQuery) -> list[str]:
    """The free words that no other chip says already."""
    said = {part for word in (*wish.filters.any_words, *wish.filters.all_words, *wish.moods) for part in word.split()}
    return [word for word in wish.query.split() if word not in said]


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
    for low, high in filters.no_years:
        chips.append(Chip(f"no_years:{low}-{high}", f"not {low}" if low == high else f"not {low}–{high}"))
    if filters.runtime_to_seconds is not None:
        chips.append(Chip("shorter", f"at most {filters.runtime_to_seconds // 60} min"))
    if filters.runtime_from_seconds is not None:
        chips.append(Chip("longer", f"at least {filters.runtime_from_seconds // 60} min"))
    return chips


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
    return replace(wish, filters=_without_filter(wish.filters, name, value))


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


def _without_filter(filters: Filters, name: str, value: str) -> Filters:
    lists = {key: field_name for key, field_name, _ in (*WORD_FIELDS, *PEOPLE_FIELDS)}
    lists |= {"kind": "kinds", "language": "languages", "no_language": "no_languages"}
    if name in lists:
        taken = value.split("|")
        kept = tuple(word for word in getattr(filters, lists[name]) if word not in taken)
        return replace(filters, **{lists[name]: kept})  # type: ignore[arg-type]
    if name == "no_years":
        return replace(filters, no_years=tuple(span for span in filters.no_years if f"{span[0]}-{span[1]}" != value))
    cleared: dict[str, dict[str, Any]] = {
        "years": {"year_from": None, "year_to": None},
        "shorter": {"runtime_to_seconds": None},
        "longer": {"runtime_from_seconds": None},
        "ownership": {"ownership": Ownership.ANY},
        "seen": {"include_seen": False},
    }
    return replace(filters, **cleared.get(name, {}))
