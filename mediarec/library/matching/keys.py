"""Under which keys works are looked up, in memory and inside the database, whose indexes migration 0003 makes.

A key is coarse: it may find too much, and comparing decides. "t:" stands before keys of titles, "o:" of original ones.
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
# What may follow a recording's or an album's name without being part of it. Python and PostgreSQL read it alike.
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
    """Latin letters with accents, with the letter below."""
    codes = (*range(0xC0, 0x180), *range(0x1E00, 0x1F00))
    bases = {chr(code): unicodedata.normalize("NFKD", chr(code))[0] for code in codes if chr(code).islower()}
    return {letter: base for letter, base in bases.items() if base != letter and base.isascii()}


_ACCENTS = _list_accents() | _ONE_LETTER
_DROPPED = string.punctuation + " ’‘“”–—…·¡¿«»"
_ORIGINAL = str.maketrans("".join(_ACCENTS), "".join(_ACCENTS.values()), _DROPPED)


def _write_fold(column: str) -> str:
    """SQL that folds letters as titles.FOLD does and leaves blanks out; constants of ours alone."""
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
    """The expression with its columns named as those of `item`, and per cents as a query with parameters has them."""
    named = re.sub(r"\b(title_key|original_title)\b", r"item.\1", expression)
    return named.replace("%", "%%")


def is_music(kind: str) -> bool:
    return kind in MUSIC


def screen_key(title: str) -> str:
    return "".join(fold_words(title))


def music_key(title: str) -> str:
    """A recording or an album without its packaging, blanks and accents."""
    return _CUT.sub("", normalise_title(title)).translate(FOLD).replace(" ", "")


def original_key(title: str) -> str:
    return title.lower().translate(_ORIGINAL)


def list_keys(work: ParsedWork) -> frozenset[str]:
    """Keys under which an item of this description stands."""
    if work.kind == Kind.EPISODE:
        return _list_episode_keys(work)
    key = music_key(work.title) if is_music(work.kind) else screen_key(work.title)
    original = original_key(work.original_title) if work.kind in SCREEN else ""
    return frozenset({f"t:{key}"} | ({f"o:{original}"} if original else set()))


def list_lookups(work: ParsedWork) -> frozenset[str]:
    """Keys under which this work may be known already."""
    if work.kind == Kind.EPISODE:
        return _list_episode_keys(work)
    if is_music(work.kind):
        return frozenset(f"t:{key}" for key in list_spellings(_CUT.sub("", normalise_title(work.title))))
    titles = [text for text in (work.title, work.original_title) if text]
    mains = [main for text in titles if (main := find_main_title(text))]
    spelled = {f"t:{key}" for text in (*titles, *mains) for key in list_spellings(text)}
    return frozenset(spelled | {f"o:{key}" for text in titles if (key := original_key(text))})


def _list_episode_keys(work: ParsedWork) -> frozenset[str]:
    """An episode by its series and numbers, and by its series and name."""
    if work.parent is None:
        return frozenset()
    series = {title_key(text) for text in (work.parent.title, work.parent.original_title) if text}
    named = title_key(work.title)
    return frozenset(key for name in series for key in (f"n:{name}:{work.season}:{work.number}", f"t:{name}:{named}"))
