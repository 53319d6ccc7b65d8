"""Font fallback: which bundled font draws which character, in visual order. Knows no covers and no colours.

Pillow's basic layout is requested explicitly: the other engine exists on some machines only and draws differently.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import arabic_reshaper
from bidi.algorithm import get_display
from PIL import ImageFont

FOLDER = Path(__file__).parent / "fonts"
LATIN, HEBREW, ARABIC, EAST_ASIAN, CHINESE = "latin.otf", "hebrew.ttf", "arabic.ttf", "cjk.otf", "chinese.otf"
FONTS = (LATIN, HEBREW, ARABIC, EAST_ASIAN, CHINESE)  # in order of preference
CHINESE_FONTS = (LATIN, CHINESE, EAST_ASIAN)  # prefers the Chinese shape of code points that have two
PROBE_SIZE = 24
MOST_LETTERS = 400  # characters; no cover has room for more
NO_CHARACTER = "\U0010fffd"
NON_JOINER = "\u200c"  # invisible, but separates Persian letters
_HAN = re.compile(r"[\u3400-\u9fff]")
_OF_OTHERS = re.compile(r"[\u3040-\u30ff\uac00-\ud7a3]")  # kana and Hangul


class Run(NamedTuple):
    """Adjacent characters of one font, in visual order from left to right."""

    font: str
    text: str


@lru_cache(maxsize=128)
def load_font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FOLDER / name, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=32_768)
def _has_glyph(name: str, character: str) -> bool:
    if character == " ":
        return name == LATIN
    if unicodedata.category(character)[0] in "CZ":
        return False
    font = load_font(name, PROBE_SIZE)
    return bytes(font.getmask(character)) != bytes(font.getmask(NO_CHARACTER))


def _is_drawable(text: str) -> bool:
    return bool(text) and all(any(_has_glyph(name, letter) for name in FONTS) for letter in text)


@lru_cache(maxsize=4096)
def drawable_text(text: str) -> str:
    """The drawable form of a text: characters without a glyph are decomposed or dropped; "" if no letter or digit
    remains."""
    composed = unicodedata.normalize("NFC", " ".join(text[:MOST_LETTERS].split()))
    spelt = " ".join("".join(letter if letter == NON_JOINER else _spell(letter) for letter in composed).split())
    is_lost = any(map(str.isalnum, composed)) and not any(map(str.isalnum, spelt))
    return "" if is_lost else spelt


def _spell(letter: str) -> str:
    plain = unicodedata.normalize("NFKC", letter)
    bare = unicodedata.normalize("NFKD", letter)[:1]
    return next((spelling for spelling in (letter, plain, bare) if _is_drawable(spelling)), "")


def is_right_to_left(text: str) -> bool:
    """Whether the first strongly directional character is right-to-left."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((direction != "L" for direction in directions if direction in ("L", "R", "AL")), False)


def is_chinese(text: str) -> bool:
    """Whether it has characters not used in Japan; shared ones are drawn in their Japanese shape."""
    han = "".join(_HAN.findall(text))
    return not _OF_OTHERS.search(text) and han != han.encode("shift_jis", "ignore").decode("shift_jis")


@lru_cache(maxsize=8192)
def list_runs(line: str, *, in_chinese: bool = False, right_to_left: bool = False) -> tuple[Run, ...]:
    """The line as runs in visual order: Arabic letters joined, right-to-left text reversed."""
    if right_to_left or any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in line):
        line = str(get_display(arabic_reshaper.reshape(line), base_dir="R" if right_to_left else "L"))
    fonts = CHINESE_FONTS if in_chinese else FONTS
    glyphs = ((next((name for name in fonts if _has_glyph(name, letter)), ""), letter) for letter in line)
    grouped = groupby(glyphs, key=lambda pair: pair[0])
    return tuple(Run(name, "".join(letter for _, letter in pairs)) for name, pairs in grouped if name)
