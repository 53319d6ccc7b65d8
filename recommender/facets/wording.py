"""Filters in words: "no horror", "1980–1989", "at least 90 min". Knows no chat and no page."""

from __future__ import annotations

from collections.abc import Callable
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
Span = tuple[int, int]


def group_words(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Groups words that one expression expands to: "dark" also stands for bleak and grim."""
    groups: list[tuple[str, ...]] = []
    remaining = list(words)
    while remaining:
        matching = (
            group
            for group in (FOR_CHILDREN, *TOPICS.values(), *MOODS.values())
            if group[0] == remaining[0] and set(group) <= set(words)
        )
        group = max(matching, key=len, default=(remaining[0],))
        groups.append(group)
        remaining = [word for word in remaining if word not in group]
    return groups


def say_words(template: str) -> Callable[[tuple[Any, ...]], str]:
    return lambda group: "for children" if group == FOR_CHILDREN else template.format(group[0])


def say_kind(group: tuple[str, ...]) -> str:
    return KIND_NAMES.get(group[0], group[0])


def say_language(group: tuple[str, ...]) -> str:
    return LANGUAGE_NAMES.get(group[0], group[0])


def say_no_language(group: tuple[str, ...]) -> str:
    return f"not {say_language(group)}"


def say_years(filters: Filters) -> str:
    low, high = filters.year_from, filters.year_to
    if low is None:
        return "" if high is None else f"up to {high}"
    if high is None:
        return f"from {low}"
    return str(low) if low == high else f"{low}–{high}"


def say_no_years(group: tuple[Span, ...]) -> str:
    low, high = group[0]
    return f"not {low}" if low == high else f"not {low}–{high}"


def write_span(span: Span) -> str:
    return f"{span[0]}-{span[1]}"


def say_longest(filters: Filters) -> str:
    return "" if filters.runtime_to_seconds is None else f"at most {filters.runtime_to_seconds // 60} min"


def say_shortest(filters: Filters) -> str:
    return "" if filters.runtime_from_seconds is None else f"at least {filters.runtime_from_seconds // 60} min"


def say_ownership(filters: Filters) -> str:
    return {Ownership.OWNED: "owned", Ownership.NOT_OWNED: "not owned"}.get(filters.ownership, "")


def say_seen(filters: Filters) -> str:
    return "seen ones too" if filters.include_seen else ""
