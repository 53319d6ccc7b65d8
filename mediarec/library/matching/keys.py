"""Blocking keys by which works are looked up, in memory and in the database (indexes of migration 0003).

A key is coarse: it may find too many candidates, and comparison decides. Keys of titles start with "t:", of original
titles with "o:", of numbered episodes with "n:".
"""

from __future__ import annotations

import re
import string
import unicodedata

from mediarec.library.importers.base import ParsedWork
from mediarec.library.item_lookup import normalise_title
from mediarec.library.matching.titles import FOLD, LETTERS, find_main_title, fold_words, list_spellings, title_key
from mediarec.library.models import Kind

MUSIC = (Kind.TRACK.value, Kind.ALBUM.value)
SCREEN = (Kind.FILM.value, Kind.SERIES.value, Kind.VIDEO.value)
# What may follow the name of a recording or an album without being part of it. Valid for Python and PostgreSQL.
PACKAGING = (
    r" ((19|20)[0-9][0-9] ([^ ]+ ){0,3})?(super |digital |digitally |mono |bonus )?"
    r"(feat|ft|featuring|with|from|remaster|remastered|remastering|album version|original version|explicit|deluxe|"
    r"expanded|legacy|special edition|collectors|[0-9]+th anniversary|anniversary|bonus track|soundtrack|"
    r"original motion|edition|reissue)( .*)?$"
)
_CUT = re.compile(PACKAGING)
_ONE_LETTER = {letter: plain for letter, plain in LETTERS.items() if len(plain) == 1}
_TWO_LETTERS = {letter: plain for letter, plain in LETTERS.items() if len(plain) == 2}


def _list_accents() -> dict[str, str]:
    """Accented Latin letters with their base letters."""
    codes = (*range(0xC0, 0x180), *range(0x1E00, 0x1F00))
    bases = {chr(code): unicodedata.normalize("NFKD", chr(code))[0] for code in codes if chr(code).islower()}
    return {letter: base for letter, base in bases.items() if base != letter and base.isascii()}


_ACCENTS = _list_accents() | _ONE_LETTER
_DROPPED = string.punctuation + " ’‘“”–—…·¡¿«»"
_ORIGINAL = str.maketrans("".join(_ACCENTS), "".join(_ACCENTS.values()), _DROPPED)


def _write_fold(column: str) -> str:
    """SQL that folds letters as titles.FOLD does and removes blanks. Only constants are interpolated."""
    folded = f"translate({column}, '{''.join(_ONE_LETTER)} ', '{''.join(_ONE_LETTER.values())}')"
    for letter, plain in _TWO_LETTERS.items():
        folded = f"replace({folded}, '{letter}', '{plain}')"
    return folded


def _quote(text: str) -> str:
    return text.replace("'", "''")


SCREEN_KEY_SQL = _write_fold("title_key")
MUSIC_KEY_SQL = _write_fold(f"regexp_replace(title_key, '{PACKAGING}', '')")
ORIGINAL_KEY_SQL = (
    f"translate(lower(original_title), '{''.join(_ACCENTS)}{_quote(_DROPPED)}', '{''.join(_ACCENTS.values())}')"
)


def write_key(expression: str) -> str:
    """The expression with columns qualified by `item`, and per cent signs doubled for a query with parameters."""
    named = re.sub(r"\b(title_key|original_title)\b", r"item.\1", expression)
    return named.replace("%", "%%")


def is_music(kind: str) -> bool:
    return kind in MUSIC


def screen_key(title: str) -> str:
    return "".join(fold_words(title))


def music_key(title: str) -> str:
    """The title of a recording or an album without packaging, blanks and accents."""
    return _CUT.sub("", normalise_title(title)).translate(FOLD).replace(" ", "")


def original_key(title: str) -> str:
    return title.lower().translate(_ORIGINAL)


def list_keys(work: ParsedWork) -> frozenset[str]:
    """Keys under which an item with this description is indexed."""
    if work.kind == Kind.EPISODE:
        return _list_episode_keys(work)
    key = music_key(work.title) if is_music(work.kind) else screen_key(work.title)
    original = original_key(work.original_title) if work.kind in SCREEN else ""
    return frozenset({f"t:{key}"} | ({f"o:{original}"} if original else set()))


def list_lookups(work: ParsedWork) -> frozenset[str]:
    """Keys under which this work may already be indexed, in all its spellings."""
    if work.kind == Kind.EPISODE:
        return _list_episode_keys(work)
    if is_music(work.kind):
        return frozenset(f"t:{key}" for key in list_spellings(_CUT.sub("", normalise_title(work.title))))
    titles = [text for text in (work.title, work.original_title) if text]
    mains = [main for text in titles if (main := find_main_title(text))]
    spelled = {f"t:{key}" for text in (*titles, *mains) for key in list_spellings(text)}
    return frozenset(spelled | {f"o:{key}" for text in titles if (key := original_key(text))})


def _list_episode_keys(work: ParsedWork) -> frozenset[str]:
    """An episode by series and numbers, and by series and title."""
    if work.parent is None:
        return frozenset()
    series = {title_key(text) for text in (work.parent.title, work.parent.original_title) if text}
    title = title_key(work.title)
    return frozenset(key for name in series for key in (f"n:{name}:{work.season}:{work.number}", f"t:{name}:{title}"))
