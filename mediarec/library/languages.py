"""PostgreSQL's text-search configurations by language. Knows no query and no model."""

from __future__ import annotations

from collections.abc import Iterable

# Configurations built into PostgreSQL, by the first two letters of a language code.
CONFIGS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
SIMPLE = "simple"  # no stemming, for any language


def find_config(language: str) -> str:
    """The configuration for "de", "de-AT" or ""; "simple" for an unknown language."""
    return CONFIGS.get(language[:2].lower(), SIMPLE)


def list_configs(languages: Iterable[str]) -> list[str]:
    """Distinct configurations of the languages; always includes "simple" and "english"."""
    return list(dict.fromkeys([SIMPLE, "english", *sorted(find_config(language) for language in languages)]))
