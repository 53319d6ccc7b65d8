"""Typesetting: breaks text of any script into lines of a size that fits. Knows no covers."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from mediarec.library.generated_artwork.sketch import SUPERSAMPLING
from mediarec.library.generated_artwork.typefaces import (
    Run,
    drawable_text,
    is_chinese,
    is_right_to_left,
    list_runs,
    load_font,
)

TITLE_SIZES = (76, 68, 60, 53, 47, 42, 37, 33, 29, 26, 23)
LINE_HEIGHT = 1.1  # of the size
ACCENT_ROOM = 0.14  # of the size, above the first line
BASELINE = 0.84  # of the size, below the top of its line
# East Asian text has no spaces: a line may break after each of these characters. Words in katakana and Hangul stay
# whole.
_ALONE = re.compile(r"[\u3005-\u3007\u3041-\u3096\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NEVER_FIRST = frozenset(
    "、。，．・：；？！ー々ゝゞぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ」』）】〉》〕］｝…‥～%)]}!?,.:;’”»"
)
_NEVER_LAST = frozenset("「『（【〈《〔［｛([{‘“«¿¡")


@dataclass(frozen=True)
class Setting:
    """Lines of text at one size, in output pixels."""

    lines: tuple[str, ...]
    size: int
    weight: float

    @property
    def height(self) -> int:
        return round(self.size * (LINE_HEIGHT * len(self.lines) + ACCENT_ROOM)) if self.lines else 0


@lru_cache(maxsize=16_384)
def measure(text: str, size: int) -> float:
    """The width of the drawn text in output pixels."""
    drawn = size * SUPERSAMPLING
    return sum(load_font(run.font, drawn).getlength(run.text) for run in list_runs(text.strip())) / SUPERSAMPLING


def capitalise(title: str) -> str:
    """Upper case; without accents in Greek."""
    if not re.search("[\u0370-\u03ff]", title):
        return title.upper()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", title).replace("\u0301", "")).upper()


def split_units(text: str) -> list[str]:
    """The pieces between which a line may break; a word keeps the space before it."""
    units: list[str] = []
    for letter in text:
        if units and not _may_break(units[-1][-1], letter):
            units[-1] += letter
        else:
            units.append(letter)
    return units


def _may_break(before: str, letter: str) -> bool:
    if before == " " or letter == " ":
        return letter == " "
    if letter in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    return bool(_ALONE.match(before) or _ALONE.match(letter))


def _wrap(units: Sequence[str], size: int, width: int) -> list[str]:
    lines: list[str] = []
    for unit in units:
        if lines and measure(lines[-1] + unit, size) <= width:
            lines[-1] += unit
        else:
            lines.append(unit)
    return lines


def _balance(units: Sequence[str], size: int, width: int) -> list[str]:
    """Balanced lines: the narrowest width that needs no more lines, so that no last line has one short word."""
    lines = _wrap(units, size, width)
    for narrower in range(width - 16, width // 3, -16):
        tighter = _wrap(units, size, narrower)
        if len(tighter) > len(lines) or any(measure(line, size) > width for line in tighter):
            break
        lines = tighter
    return lines


def fit_title(text: str, width: int, height: int, *, most_lines: int = 4, weight: float = 0) -> Setting:
    """The title at the largest size that fits; at the smallest size words are broken and the end is an ellipsis."""
    units = split_units(drawable_text(text))
    for size in TITLE_SIZES:
        if any(measure(unit, size) > width for unit in units):
            continue
        setting = _set(_balance(units, size, width), size, weight)
        if len(setting.lines) <= most_lines and setting.height <= height:
            return setting
    size = TITLE_SIZES[-1]
    lines = _wrap([piece for unit in units for piece in _break(unit, size, width)], size, width)
    room = max(1, min(most_lines + 1, int((height / size - ACCENT_ROOM) / LINE_HEIGHT)))
    if len(lines) > room:
        lines = [*lines[: room - 1], _cut(lines[room - 1] + lines[room], size, width)]
    return _set(lines, size, weight)


def _set(lines: Sequence[str], size: int, weight: float) -> Setting:
    return Setting(tuple(line.strip() for line in lines), size, weight * size / 60)


def _break(unit: str, size: int, width: int) -> list[str]:
    pieces = [""]
    for letter in unit:
        if pieces[-1] and measure(pieces[-1] + letter, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def shorten(text: str, size: int, width: float) -> str:
    """The drawable text, truncated with an ellipsis if it is too wide."""
    text = drawable_text(text)
    return text if measure(text, size) <= width else _cut(text, size, width)


def _cut(text: str, size: int, width: float) -> str:
    kept = bisect_right(range(1, len(text) + 1), width, key=lambda end: measure(text[:end] + "…", size))
    return text[:kept].rstrip(" ,;-") + "…"


def draw_setting(
    picture: Image.Image, setting: Setting, corner: tuple[int, int], colour: tuple[int, int, int], width: int = 0
) -> None:
    """Draws the lines with their top left corner at `corner`, in output pixels. Right-to-left lines are aligned at
    `width`."""
    if not setting.lines:
        return
    size, scale, text = setting.size, SUPERSAMPLING, "".join(setting.lines)
    is_turned, in_chinese = is_right_to_left(text), is_chinese(text)
    widths = [measure(line, size) for line in setting.lines]
    above = size // 4  # room for letters with two accents, and for the heaviest line at the sides
    area = (above + max(width, round(max(widths))) + size, above + setting.height + size // 2)
    mask = Image.new("L", (area[0] * scale, area[1] * scale))
    for number, line in enumerate(setting.lines):
        left = above + (max(0.0, width - widths[number]) if is_turned else 0.0)
        baseline = above + size * (ACCENT_ROOM + number * LINE_HEIGHT + BASELINE)
        runs = list_runs(line, in_chinese=in_chinese, right_to_left=is_turned)
        _draw_runs(ImageDraw.Draw(mask), runs, (left * scale, baseline * scale), size * scale, setting.weight * scale)
    small = mask.reduce(scale)
    picture.paste(Image.new("RGB", small.size, colour), (corner[0] - above, corner[1] - above), small)


def _draw_runs(
    pen: ImageDraw.ImageDraw, runs: Iterable[Run], at: tuple[float, float], size: int, weight: float
) -> None:
    left, baseline = at
    for run in runs:
        font = load_font(run.font, size)
        pen.text((left, baseline), run.text, 255, font, "ls", stroke_width=weight, stroke_fill=255)
        left += font.getlength(run.text)
