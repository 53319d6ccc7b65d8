"""Forms of one English word: its stem, and what its singular and its plural have in common. Pure; knows no facts."""

from __future__ import annotations

import re
import threading
from functools import lru_cache

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("english")
_LOCK = threading.Lock()  # a stemmer keeps the word it works on in itself
_NO_PLURAL = frozenset({"news", "perhaps", "always"})
_PLURAL = re.compile(r"(?<=...)(?<![siu])s$")
_FINAL_Y = re.compile(r"(?<=[^aeiou])y$|ie$")
_MUTE_E = re.compile(r"(?<=[sxzo])e$|(?<=[cs]h)e$")


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """Snowball's English stem of a word in lower case: the same for all words derived from one ("animation",
    "animated"), and for some that only look so ("music", "musical")."""
    with _LOCK:
        return str(_STEMMER.stemWord(word))


@lru_cache(maxsize=16_384)
def fold_number(word: str) -> str:
    """A form that singular and plural of a word in lower case share and words derived from it do not: for a check
    that takes a text word for word. The plural rules of Porter's stemmer (1980, steps 1a, 1c, 5a), and no others."""
    singular = word if word in _NO_PLURAL else _PLURAL.sub("", word)
    return _MUTE_E.sub("", _FINAL_Y.sub("i", singular))
