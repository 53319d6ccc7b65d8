"""The drawing canvas, supersampled for smooth edges. Knows no motifs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, sin
from random import Random

from PIL import Image, ImageDraw

from mediarec.library.generated_artwork.palettes import Colour, Palette

SUPERSAMPLING = 2
Point = tuple[float, float]


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` 0 is the first colour, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    return (0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]) / 255


def around(centre: Point, radius: float, angle: float) -> Point:
    return centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)


@dataclass
class Canvas:
    """Width and height are in supersampled pixels; `finish` returns the picture at output size."""

    width: int
    height: int
    palette: Palette
    chance: Random
    image: Image.Image = field(init=False)
    pen: ImageDraw.ImageDraw = field(init=False)
    glaze: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height), self.palette.ground)
        self.pen = ImageDraw.Draw(self.image)
        self.glaze = ImageDraw.Draw(self.image, "RGBA")  # blends alpha, and is several times slower than the pen

    @property
    def short(self) -> int:
        return min(self.width, self.height)

    def accents(self) -> list[Colour]:
        """The palette's accents in random order."""
        return self.chance.sample(self.palette.accents, len(self.palette.accents))

    def _tool(self, colour: Colour, alpha: int) -> tuple[ImageDraw.ImageDraw, tuple[int, ...]]:
        return (self.pen, colour) if alpha == 255 else (self.glaze, (*colour, alpha))

    def wash(self, top: Colour, bottom: Colour) -> None:
        """Fill everything with a vertical gradient."""
        strip = Image.new("RGB", (1, 64))
        for row in range(64):
            strip.putpixel((0, row), mix(top, bottom, row / 63))
        self.image.paste(strip.resize((self.width, self.height), Image.Resampling.BILINEAR))

    def disc(self, centre: Point, radius: float, colour: Colour, alpha: int = 255) -> None:
        x, y = centre
        tool, fill = self._tool(colour, alpha)
        tool.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)

    def ring(self, centre: Point, radius: float, colour: Colour, thickness: float) -> None:
        x, y = centre
        box = (x - radius, y - radius, x + radius, y + radius)
        self.pen.ellipse(box, outline=colour, width=max(1, round(thickness)))

    def shape(self, points: Sequence[Point], colour: Colour, alpha: int = 255) -> None:
        tool, fill = self._tool(colour, alpha)
        tool.polygon(points, fill=fill)

    def bar(
        self, box: tuple[float, float, float, float], colour: Colour, alpha: int = 255, *, radius: float = 0
    ) -> None:
        tool, fill = self._tool(colour, alpha)
        if radius:
            tool.rounded_rectangle(box, radius, fill=fill)
        else:
            tool.rectangle(box, fill=fill)

    def stroke(self, points: Sequence[Point], colour: Colour, thickness: float, alpha: int = 255) -> None:
        tool, fill = self._tool(colour, alpha)
        tool.line(points, fill=fill, width=max(1, round(thickness)))

    def finish(self) -> Image.Image:
        return self.image.reduce(SUPERSAMPLING)


def field_and_figures(sketch: Canvas) -> tuple[Colour, list[Colour]]:
    """One accent as the field, the others as figures ordered from most to least distinct from it."""
    field, *figures = sketch.accents()
    figures.append(sketch.palette.ground)
    figures.sort(key=lambda colour: -abs(luminance(colour) - luminance(field)))
    return field, figures
