"""Abstract landscapes: suns, hills, night skies, water, towers. Each fills a canvas."""

from math import cos, sin, tau

from mediarec.library.generated_artwork.palettes import Colour
from mediarec.library.generated_artwork.sketch import Canvas, Point, around, field_and_figures, luminance, mix


def draw_suns(sketch: Canvas) -> None:
    """Concentric suns over a striped horizon."""
    field, figures = field_and_figures(sketch)
    w, h, chance = sketch.width, sketch.height, sketch.chance
    sketch.wash(mix(field, sketch.palette.ground, 0.25), field)
    centre = (w * chance.uniform(0.32, 0.68), h * chance.uniform(0.42, 0.58))
    rings = chance.randint(4, 7)
    for step in range(rings):
        radius = sketch.short * 0.46 * (1 - step / rings)
        sketch.disc(centre, radius, figures[step % 2] if step % 3 else mix(figures[0], field, 0.35))
    horizon = centre[1] + sketch.short * chance.uniform(0.08, 0.22)
    sketch.bar((0, horizon, w, h), mix(field, figures[0], 0.12))
    gap = sketch.short * 0.022
    y = horizon + gap
    while y < h:
        reach = sketch.short * 0.46 * max(0.12, 1 - (y - horizon) / (h - horizon))
        wobble = chance.uniform(-0.08, 0.08) * w
        box = (centre[0] - reach + wobble, y, centre[0] + reach + wobble, y + gap * 0.55)
        sketch.bar(box, figures[int(y / gap) % 2], radius=gap * 0.27)
        y += gap * chance.uniform(1.2, 2.4)


def _ridge(sketch: Canvas, base: float, swing: float) -> list[Point]:
    chance = sketch.chance
    waves = [(chance.uniform(0.6, 3.4), chance.uniform(0, tau), chance.uniform(0.3, 1)) for _ in range(4)]
    points = []
    for step in range(97):
        share = step / 96
        lift = sum(size * sin(share * tau * pace + shift) / (1 + pace) for pace, shift, size in waves)
        points.append((share * sketch.width, base + swing * lift))
    return [*points, (sketch.width, sketch.height), (0, sketch.height)]


def draw_hills(sketch: Canvas) -> None:
    """Ridges behind ridges under a moon, hazier with distance."""
    by_light = sorted(sketch.palette.accents, key=luminance)
    dark, light = by_light[0], by_light[-1]
    middle = sketch.chance.choice(by_light[1:-1])
    paper = max(sketch.palette.ground, sketch.palette.ink, key=luminance)
    sketch.wash(mix(middle, paper, 0.35), mix(light, paper, 0.45))
    moon = (sketch.width * sketch.chance.uniform(0.22, 0.78), sketch.height * sketch.chance.uniform(0.2, 0.38))
    sketch.disc(moon, sketch.short * sketch.chance.uniform(0.09, 0.17), mix(paper, light, 0.25))
    layers = sketch.chance.randint(5, 7)
    for layer in range(layers):
        near = layer / (layers - 1)
        base = sketch.height * (0.45 + 0.48 * near)
        haze = (
            mix(mix(middle, light, 0.55), middle, min(1, near * 2)) if near < 0.5 else mix(middle, dark, near * 2 - 1)
        )
        sketch.shape(_ridge(sketch, base, sketch.height * (0.13 - 0.05 * near)), haze)


def draw_constellation(sketch: Canvas) -> None:
    """A night sky with one joined figure and a thin orbit."""
    dark = min((*sketch.palette.accents, sketch.palette.ground, sketch.palette.ink), key=luminance)
    lights = sorted(sketch.palette.accents, key=luminance)[-3:]
    w, h, chance = sketch.width, sketch.height, sketch.chance
    sketch.wash(dark, mix(dark, chance.choice(lights[:2]), 0.45))
    for _ in range(220):
        spot = (chance.uniform(0, w), chance.uniform(0, h))
        sketch.disc(spot, chance.choice((1, 1.5, 2, 3)), mix(lights[-1], dark, chance.uniform(0, 0.6)))
    middle = (w * 0.5, h * 0.5)
    for orbit in range(chance.randint(2, 4)):
        radius = sketch.short * (0.2 + 0.1 * orbit)
        sketch.ring(middle, radius, mix(lights[0], dark, 0.35), 2)
        sketch.disc(around(middle, radius, chance.uniform(0, tau)), sketch.short * 0.012, lights[1])
    sketch.disc(middle, sketch.short * chance.uniform(0.05, 0.12), lights[-1])
    corners = chance.randint(6, 9)
    turn = chance.uniform(0, tau)
    stars: list[Point] = []
    for step in range(corners):
        x, y = around((0, 0), chance.uniform(0.26, 0.44), turn + tau * 0.8 * step / corners)
        stars.append((middle[0] + x * w, middle[1] + y * h))
    sketch.stroke(stars, lights[-1], 3, 190)
    for star in stars:
        sketch.disc(star, sketch.short * chance.uniform(0.009, 0.02), lights[-1])


def draw_ribbons(sketch: Canvas) -> None:
    """Broad translucent strokes, like a loaded brush drawn across wet paper."""
    field, figures = field_and_figures(sketch)
    w, h, chance = sketch.width, sketch.height, sketch.chance
    sketch.wash(mix(field, sketch.palette.ground, 0.5), field)
    for band in range(chance.randint(4, 6)):
        base, pace, shift = chance.uniform(0.12, 0.88) * h, chance.uniform(0.4, 1.3), chance.uniform(0, tau)
        swing, drift = h * chance.uniform(0.08, 0.26), h * chance.uniform(-0.25, 0.25)
        bristles = 26
        for bristle in range(bristles):
            share = bristle / bristles
            lift = (share - 0.5) * h * 0.16
            colour = mix(figures[band % 3], figures[(band + 1) % 3], share)
            points = [
                (
                    x / 24 * w * 1.1 - w * 0.05,
                    base
                    + lift * (0.6 + 0.5 * cos(x / 24 * tau * pace))
                    + drift * x / 24
                    + swing * sin(x / 24 * tau * pace + shift + share * 0.5),
                )
                for x in range(25)
            ]
            sketch.stroke(points, colour, h * 0.012, 165)


def draw_skyline(sketch: Canvas) -> None:
    """Towers in three depths with a few lit windows."""
    by_light = sorted((*sketch.palette.accents, sketch.palette.ground), key=luminance)
    dark, light = by_light[0], by_light[-1]
    w, h, chance = sketch.width, sketch.height, sketch.chance
    glow = chance.choice(by_light[2:4])
    sketch.wash(mix(glow, dark, 0.3), mix(glow, light, 0.55))
    sketch.disc((w * chance.uniform(0.25, 0.75), h * 0.34), sketch.short * chance.uniform(0.12, 0.22), light)
    for depth in range(3):
        x = -w * 0.02
        colour = mix(glow, dark, 0.35 + 0.32 * depth)
        while x < w:
            wide = w * chance.uniform(0.07, 0.17)
            top = h * (0.34 + 0.17 * depth + chance.uniform(0, 0.22))
            sketch.bar((x, top, x + wide, h), colour)
            if depth == 2:
                _light_windows(sketch, (x, top, x + wide, h), light)
            x += wide + w * chance.choice((0, 0, 0.015))


def _light_windows(sketch: Canvas, box: tuple[float, float, float, float], light: Colour) -> None:
    left, top, right, bottom = box
    pane = sketch.short * 0.014
    y = top + pane * 1.5
    while y < bottom:
        x = left + pane
        while x + pane < right:
            if sketch.chance.random() < 0.16:
                sketch.bar((x, y, x + pane * 0.8, y + pane * 1.1), light, 220)
            x += pane * 1.9
        y += pane * 2.4


def draw_scales(sketch: Canvas) -> None:
    """Overlapping scales of rings, row upon row, like a calm sea seen from above."""
    w, h, chance = sketch.width, sketch.height, sketch.chance
    columns = chance.choice((4, 5, 6))
    radius = w / columns / 2
    colours = sketch.accents()
    paper = sketch.palette.ground
    rows = int(h / (radius * 0.5)) + 3
    for row in range(rows):
        y = row * radius * 0.5
        colour = colours[(row // 3) % len(colours)] if chance.random() < 0.85 else chance.choice(colours)
        for column in range(columns + 2):
            x = column * radius * 2 - (radius if row % 2 else 0)
            for nest, tone in enumerate((paper, colour, paper, colour, mix(paper, colour, 0.5))):
                sketch.disc((x, y), radius * (1 - nest * 0.2), tone)
