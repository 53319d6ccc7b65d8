"""Which of PostgreSQL's text-search configurations knows a language. Knows no query and no model."""

from __future__ import annotations

from collections.abc import Iterable

# The configurations every PostgreSQL carries, by the first two letters of a language's code.
CONFIGS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
SIMPLE = "simple"  # every word as it stands, in any language


def find_config(language: str) -> str:
    """The configuration for "de", "de-AT" or ""; the plain one where the language is not known."""
    return CONFIGS.get(language[:2].lower(), SIMPLE)


def list_configs(languages: Iterable[str]) -> list[str]:
    """Each once, plain words and English always."""
    return list(dict.fromkeys([SIMPLE, "english", *sorted(find_config(language) for language in languages)]))
