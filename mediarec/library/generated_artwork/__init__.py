"""Deterministic artwork for items without a picture, seeded by their facts. Knows no tables and no files."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from mediarec.library.generated_artwork.motifs import choose_motif
from mediarec.library.generated_artwork.palettes import Colour, Palette, choose_palette
from mediarec.library.generated_artwork.sketch import SUPERSAMPLING, Canvas, mix
from mediarec.library.generated_artwork.typesetting import (
    Setting,
    capitalise,
    draw_setting,
    fit_title,
    measure,
    shorten,
)

POSTER_SIZE = (480, 720)
SQUARE_SIZE = (600, 600)
WIDE_SIZE = (640, 360)
SQUARE_KINDS = ("album", "track")
WIDE_KINDS = ("video",)
CREDIT_SIZE = 20
MARK = "drawn artwork"  # so that it is not mistaken for the official cover
MARK_SIZE = 11
GRAIN_STRENGTH = 11  # of 255, the amplitude of the paper grain


@dataclass(frozen=True)
class DrawingFacts:
    """The facts a drawing is generated from. `people` lists the artist or director first."""

    kind: str
    title: str
    year: int | None = None
    genres: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    def seed(self) -> int:
        key = "\x1f".join((self.kind, self.title, str(self.year or ""), *self.genres, "\x1e", *self.people))
        return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")


@dataclass(frozen=True)
class Page:
    """One picture in progress, in output pixels."""

    facts: DrawingFacts
    palette: Palette
    chance: Random
    picture: Image.Image

    def draw_panel(self, left: int, top: int, right: int, bottom: int) -> None:
        wide, tall = (right - left) * SUPERSAMPLING, (bottom - top) * SUPERSAMPLING
        sketch = Canvas(wide, tall, self.palette, self.chance)
        choose_motif(self.facts.genres, self.chance)(sketch)
        self.picture.paste(sketch.finish(), (left, top))

    def fill(self, left: int, top: int, right: int, bottom: int, colour: Colour) -> None:
        ImageDraw.Draw(self.picture).rectangle((left, top, right - 1, bottom - 1), fill=colour)


def draw_artwork(facts: DrawingFacts) -> Image.Image:
    """An RGB picture: 480x720 for film, series and episode, 600x600 for album and track, 640x360 for video."""
    chance = Random(facts.seed())
    palette = choose_palette(facts.genres, chance)
    size = SQUARE_SIZE if facts.kind in SQUARE_KINDS else WIDE_SIZE if facts.kind in WIDE_KINDS else POSTER_SIZE
    page = Page(facts, palette, chance, Image.new("RGB", size, palette.ground))
    arrange = _arrange_beside if size == WIDE_SIZE else chance.choice(ARRANGEMENTS)
    arrange(page)
    return ImageChops.overlay(page.picture, _grain(size))


def _title(page: Page, width: int, height: int) -> Setting:
    weight = page.chance.choice((0, 0.7, 1.2))
    title = page.facts.title
    if len(title) < 22 and page.chance.random() < 0.3:
        title = capitalise(title)
    return fit_title(title, width, height, weight=weight)


def _caption_height(page: Page) -> int:
    return CREDIT_SIZE * 2 + MARK_SIZE if page.facts.people or page.facts.year else MARK_SIZE * 2


def _set_words(page: Page, title: Setting, corner: tuple[int, int], width: int) -> None:
    """Draws the title, below it the name and the year on one line, and the mark."""
    left, top = corner
    draw_setting(page.picture, title, corner, page.palette.ink, width)
    line = top + title.height + round(CREDIT_SIZE * 0.55)
    year = str(page.facts.year or "")
    year_width = round(measure(year, CREDIT_SIZE))
    soft = mix(page.palette.ink, page.palette.ground, 0.22)
    if page.facts.people:
        name = shorten(page.facts.people[0], CREDIT_SIZE, width - year_width - CREDIT_SIZE)
        draw_setting(page.picture, Setting((name,), CREDIT_SIZE, 0), (left, line), soft)
    if year:
        draw_setting(page.picture, Setting((year,), CREDIT_SIZE, 0), (left + width - year_width, line), soft)
    faint = mix(page.palette.ink, page.palette.ground, 0.5)
    bottom = top + title.height + _caption_height(page) - MARK_SIZE
    draw_setting(page.picture, Setting((MARK,), MARK_SIZE, 0), (left, bottom), faint)


def _arrange_framed(page: Page) -> None:
    """The drawing inside a wide margin, the words below it."""
    wide, tall = page.picture.size
    margin = wide // 16
    title = _title(page, wide - 2 * margin, tall * 3 // 10)
    words = tall - margin - title.height - _caption_height(page)
    page.draw_panel(margin, margin, wide - margin, words - margin // 2)
    _set_words(page, title, (margin, words), wide - 2 * margin)


def _arrange_above(page: Page) -> None:
    """The drawing up to three edges, the words below it."""
    wide, tall = page.picture.size
    margin = wide // 14
    title = _title(page, wide - 2 * margin, tall * 3 // 10)
    words = tall - margin - title.height - _caption_height(page)
    page.draw_panel(0, 0, wide, words - margin * 2 // 3)
    _set_words(page, title, (margin, words), wide - 2 * margin)


def _arrange_below(page: Page) -> None:
    """The words on top, the drawing below them up to three edges."""
    wide, tall = page.picture.size
    margin = wide // 14
    title = _title(page, wide - 2 * margin, tall * 3 // 10)
    words = title.height + _caption_height(page)
    page.draw_panel(0, margin + words + margin * 2 // 3, wide, tall)
    _set_words(page, title, (margin, margin), wide - 2 * margin)


def _arrange_plate(page: Page) -> None:
    """The drawing over the whole picture, the words on a plate over it."""
    wide, tall = page.picture.size
    margin, padding = wide // 18, wide // 22
    width = wide - 2 * margin - 2 * padding
    title = _title(page, width, tall // 4)
    height = title.height + _caption_height(page) + 2 * padding
    hidden = height + margin  # the drawing is larger by this much, so that it is centred in the visible part
    if page.chance.random() < 0.7:
        page.draw_panel(0, -hidden, wide, tall)
        top = tall - hidden
    else:
        page.draw_panel(0, 0, wide, tall + hidden)
        top = margin
    page.fill(margin, top, wide - margin, top + height, page.palette.ground)
    _set_words(page, title, (margin + padding, top + padding), width)


def _arrange_beside(page: Page) -> None:
    """For a wide picture: the words in a column, the drawing beside it."""
    wide, tall = page.picture.size
    margin = tall // 12
    column = wide * 44 // 100
    title = _title(page, column - 2 * margin, tall - 3 * margin - CREDIT_SIZE * 3)
    words = tall - margin - title.height - _caption_height(page)
    page.draw_panel(column, 0, wide, tall)
    _set_words(page, title, (margin, words), column - 2 * margin)


ARRANGEMENTS: tuple[Callable[[Page], None], ...] = (_arrange_framed, _arrange_above, _arrange_below, _arrange_plate)


@lru_cache(maxsize=4)
def _grain(size: tuple[int, int]) -> Image.Image:
    """Paper grain: fixed soft noise around middle grey, which leaves the average of an overlay unchanged."""
    noise = Image.frombytes("L", size, Random(1).randbytes(size[0] * size[1]))
    soft = noise.filter(ImageFilter.GaussianBlur(0.6))
    levels = [round(128 + (level - 128) * GRAIN_STRENGTH / 128) for level in range(256)]
    return soft.point(levels).convert("RGB")
