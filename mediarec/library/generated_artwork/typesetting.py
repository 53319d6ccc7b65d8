"""Words set in Pillow's own font, which knows only plain Latin: accents are drawn, letters it lacks are left out."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from mediarec.library.generated_artwork.sketch import SUPERSAMPLING

TITLE_SIZES = (76, 68, 60, 53, 47, 42, 37, 33, 29, 26, 23)
LINE_HEIGHT = 1.1  # of the size
ACCENT_ROOM = 0.14  # of the size, above the first line
REPLACED = {
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ð": "d", "þ": "th", "Þ": "Th", "ı": "i", "ø": "o\u0338",
    "Ø": "O\u0338", "ł": "l\u0335", "Ł": "L\u0335", "đ": "d\u0335", "–": "-", "—": "-", "×": "x", "′": "'", "‐": "-",
}  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """A letter the font has and the marks to be drawn around it."""

    base: str
    marks: str = ""


@dataclass(frozen=True)
class Setting:
    """Lines of words at one size, in true pixels."""

    lines: tuple[str, ...]
    size: int
    weight: float

    @property
    def height(self) -> int:
        return round(self.size * (LINE_HEIGHT * len(self.lines) + ACCENT_ROOM)) if self.lines else 0


@lru_cache(maxsize=64)
def load_font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType, which drawing artwork needs")
    return font


@lru_cache(maxsize=4096)
def _is_drawable(character: str) -> bool:
    if character.isspace():
        return character == " "
    if unicodedata.category(character)[0] == "C":
        return False
    font = load_font(24)
    return bytes(font.getmask(character)) != bytes(font.getmask("\U0010fffd"))


def spell(text: str) -> list[Letter]:
    """Every character of the text that can be drawn, accents apart from their letters."""
    letters: list[Letter] = []
    replaced = "".join(REPLACED.get(character, character) for character in unicodedata.normalize("NFC", text))
    for character in unicodedata.normalize("NFKD", " ".join(replaced.split())):
        if unicodedata.combining(character):
            if letters and letters[-1].base != " ":
                letters[-1] = Letter(letters[-1].base, letters[-1].marks + character)
        elif _is_drawable(character):
            letters.append(Letter(character))
    return letters


def _bare(text: str) -> str:
    return "".join(letter.base for letter in spell(text))


def measure(text: str, size: int) -> float:
    return load_font(size).getlength(_bare(text))


def _wrap(words: Sequence[str], size: int, width: int) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and measure(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _balance(words: Sequence[str], size: int, width: int) -> list[str]:
    """The narrowest measure that needs no more lines, so that no last line is left with one short word."""
    lines = _wrap(words, size, width)
    for narrower in range(width - 16, width // 3, -16):
        tighter = _wrap(words, size, narrower)
        if len(tighter) > len(lines) or any(measure(line, size) > width for line in tighter):
            break
        lines = tighter
    return lines


def fit_title(text: str, width: int, height: int, *, most_lines: int = 4, weight: float = 0) -> Setting:
    """The largest size at which the title fits; what no size fits is broken and ends in an ellipsis."""
    words = [word for word in text.split() if _bare(word).strip()]
    for size in TITLE_SIZES:
        if any(measure(word, size) > width for word in words):
            continue
        setting = Setting(tuple(_balance(words, size, width)), size, weight * size / 60)
        if len(setting.lines) <= most_lines and setting.height <= height:
            return setting
    size = TITLE_SIZES[-1]
    pieces = [piece for word in words for piece in _break(word, size, width)]
    lines = _wrap(pieces, size, width)
    room = max(1, min(most_lines + 1, int((height / size - ACCENT_ROOM) / LINE_HEIGHT)))
    if len(lines) > room:
        lines = [*lines[: room - 1], shorten(lines[room - 1] + " " + lines[room], size, width, is_cut=True)]
    return Setting(tuple(lines), size, weight * size / 60)


def _break(word: str, size: int, width: int) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and measure(pieces[-1] + character, size) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces


def shorten(text: str, size: int, width: float, *, is_cut: bool = False) -> str:
    """The text, or as much of it as fits followed by an ellipsis."""
    if not is_cut and measure(text, size) <= width:
        return text
    while text and measure(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip(" ,;-") + "…"


def draw_setting(picture: Image.Image, setting: Setting, corner: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Set the lines with their top left corner at `corner`, in true pixels."""
    if not setting.lines:
        return
    width = round(max(measure(line, setting.size) for line in setting.lines)) + setting.size
    scale = SUPERSAMPLING
    mask = Image.new("L", (width * scale, (setting.height + setting.size // 2) * scale))
    pen = ImageDraw.Draw(mask)
    for number, line in enumerate(setting.lines):
        top = setting.size * (ACCENT_ROOM + number * LINE_HEIGHT) * scale
        _draw_line(pen, line, top, setting.size * scale, setting.weight * scale)
    small = mask.reduce(scale)
    picture.paste(Image.new("RGB", small.size, colour), corner, small)


def _draw_line(pen: ImageDraw.ImageDraw, line: str, top: float, size: int, weight: float) -> None:
    font = load_font(size)
    letters = spell(line)
    bare = "".join(letter.base for letter in letters)
    pen.text((0, top), bare, fill=255, font=font, stroke_width=weight, stroke_fill=255)
    for place, letter in enumerate(letters):
        if letter.marks:
            left, upper, right, lower = font.getbbox(letter.base)
            start = font.getlength(bare[:place])
            box = (start + left, top + upper, start + right, top + lower)
            for mark in letter.marks:
                _draw_mark(pen, mark, box, size, max(2, round(size * 0.075 + weight)))


def _draw_mark(
    pen: ImageDraw.ImageDraw, mark: str, box: tuple[float, float, float, float], size: int, thick: int
) -> None:
    left, upper, right, lower = box
    middle, reach, high = (left + right) / 2, size * 0.11, upper - size * 0.09
    if mark in STROKES:
        points = [(middle + x * reach, high + y * reach) for x, y in STROKES[mark]]
        pen.line(points, fill=255, width=thick, joint="curve")
    elif mark in DOTS:
        dot = thick * 0.62
        for x, y in DOTS[mark]:
            centre = (middle + x * reach, high + y * reach)
            pen.ellipse((centre[0] - dot, centre[1] - dot, centre[0] + dot, centre[1] + dot), fill=255)
    elif mark == "\u030a":
        pen.ellipse((middle - reach, high - reach, middle + reach, high + reach), outline=255, width=max(2, thick // 2))
    elif mark in BELOW:
        points = [(middle + x * reach, lower + y * reach) for x, y in BELOW[mark]]
        pen.line(points, fill=255, width=max(2, thick * 2 // 3), joint="curve")
    elif mark == "\u0338":
        pen.line([(left, lower), (right, upper)], fill=255, width=max(2, thick * 2 // 3))
    elif mark == "\u0335":
        centre_y = (upper + lower) / 2
        pen.line([(left - reach / 4, centre_y + reach), (left + reach * 2.4, centre_y - reach)], fill=255, width=thick)


STROKES: dict[str, tuple[tuple[float, float], ...]] = {
    "\u0301": ((-0.5, 0.6), (0.7, -0.7)),  # acute
    "\u0300": ((0.5, 0.6), (-0.7, -0.7)),  # grave
    "\u0302": ((-1.1, 0.6), (0, -0.6), (1.1, 0.6)),  # circumflex
    "\u030c": ((-1.1, -0.6), (0, 0.6), (1.1, -0.6)),  # caron
    "\u0303": ((-1.3, 0.4), (-0.7, -0.3), (0, 0), (0.7, 0.3), (1.3, -0.4)),  # tilde
    "\u0304": ((-1.2, 0), (1.2, 0)),  # macron
    "\u0306": ((-1.1, -0.5), (-0.5, 0.4), (0.5, 0.4), (1.1, -0.5)),  # breve
}
DOTS: dict[str, tuple[tuple[float, float], ...]] = {
    "\u0308": ((-1.05, 0), (1.05, 0)),  # diaeresis
    "\u0307": ((0, 0),),  # dot above
    "\u030b": ((-0.9, 0), (0.9, 0)),  # double acute, near enough
}
BELOW: dict[str, tuple[tuple[float, float], ...]] = {
    "\u0327": ((0, 0), (0.5, 0.8), (0, 1.5), (-0.7, 1.3)),  # cedilla
    "\u0328": ((0.4, 0), (0, 0.8), (0.7, 1.3)),  # ogonek
}
