"""Abstract compositions: arcs, stripes, rings, rays, blocks, petals, splinters. Each fills a canvas."""

from math import pi, sin, tau

from mediarec.library.generated_artwork.sketch import Canvas, Point, around, field_and_figures, mix


def draw_arcs(sketch: Canvas) -> None:
    """A grid of tiles, each with nested quarter circles turned a different way."""
    columns = sketch.chance.randint(3, 5)
    size = sketch.width / columns
    rows = int(sketch.height / size) + 1
    offset = (sketch.height - rows * size) / 2
    for row in range(rows):
        for column in range(columns):
            _draw_arc_tile(sketch, column * size, offset + row * size, size)


def _draw_arc_tile(sketch: Canvas, left: float, top: float, size: float) -> None:
    chance = sketch.chance
    colours = [*sketch.accents(), sketch.palette.ground]
    box = (left, top, left + size, top + size)
    sketch.bar(box, colours[-1] if chance.random() < 0.35 else mix(colours[0], sketch.palette.ground, 0.15))
    turn = chance.randrange(4)
    corner = ((left, top), (left + size, top), (left + size, top + size), (left, top + size))[turn]
    if chance.random() < 0.14:
        sketch.disc((left + size / 2, top + size / 2), size * 0.36, colours[1])
        return
    for nest in range(chance.choice((1, 2, 3, 4))):
        radius = size * (1 - nest * 0.25)
        round_box = (corner[0] - radius, corner[1] - radius, corner[0] + radius, corner[1] + radius)
        sketch.pen.pieslice(round_box, turn * 90, turn * 90 + 90, fill=colours[1 + nest % 3])


def draw_stripes(sketch: Canvas) -> None:
    """Slanted bars of uneven width that a circle bends the other way."""
    field, figures = field_and_figures(sketch)
    w, h, chance = sketch.width, sketch.height, sketch.chance
    sketch.bar((0, 0, w, h), field)
    slant = chance.choice((-1, 1)) * chance.uniform(0.25, 0.9) * w
    x = -abs(slant)
    while x < w + abs(slant):
        broad = w * chance.choice((0.02, 0.035, 0.06, 0.1))
        colour = chance.choice(figures[:3])
        sketch.shape([(x, 0), (x + broad, 0), (x + broad + slant, h), (x + slant, h)], colour)
        x += broad + w * chance.choice((0.015, 0.03, 0.05))
    centre = (w * chance.uniform(0.35, 0.65), h * chance.uniform(0.36, 0.64))
    radius = sketch.short * chance.uniform(0.2, 0.32)
    guest = chance.choice(("none", "disc", "half", "stack"))
    if guest == "disc":
        sketch.disc(centre, radius * 1.12, field)
        sketch.disc(centre, radius, figures[0])
    elif guest == "half":
        box = (centre[0] - radius * 1.3, centre[1] - radius * 1.3, centre[0] + radius * 1.3, centre[1] + radius * 1.3)
        sketch.pen.pieslice(box, 180, 360, fill=figures[0])
        sketch.pen.pieslice(box, 0, 180, fill=field)
    elif guest == "stack":
        for step in range(5):
            top = h * (0.24 + 0.11 * step)
            sketch.bar((w * 0.14, top, w * chance.uniform(0.4, 0.88), top + h * 0.06), (field, figures[0])[step % 2])


def draw_waveform(sketch: Canvas) -> None:
    """Rounded bars that rise and fall like sound, mirrored about the middle."""
    field, figures = field_and_figures(sketch)
    w, h, chance = sketch.width, sketch.height, sketch.chance
    sketch.wash(field, mix(field, figures[-1], 0.4))
    count = chance.choice((17, 23, 31))
    pitch = w * 0.86 / count
    phases = [(chance.uniform(0.5, 4), chance.uniform(0, tau)) for _ in range(3)]
    for step in range(count):
        share = step / (count - 1)
        swell = sum(abs(sin(share * pi * pace + shift)) for pace, shift in phases) / 3
        tall = h * 0.42 * (0.08 + swell * sin(pi * (0.06 + share * 0.88)))
        x = w * 0.07 + step * pitch
        colour = mix(figures[0], figures[1], share)
        sketch.bar((x, h / 2 - tall, x + pitch * 0.56, h / 2 + tall), colour, radius=pitch * 0.28)


def draw_bubbles(sketch: Canvas) -> None:
    """Large translucent circles that darken where they meet."""
    w, h, chance = sketch.width, sketch.height, sketch.chance
    paper = mix(sketch.palette.ground, chance.choice(sketch.palette.accents), 0.12)
    sketch.bar((0, 0, w, h), paper)
    colours = sketch.accents()
    turn, count = chance.uniform(0, tau), chance.randint(4, 7)
    middle = (w / 2, h / 2)
    for step in range(count):
        x, y = around((0, 0), chance.uniform(0.14, 0.3), turn + tau * step / count)
        centre = (middle[0] + x * w, middle[1] + y * h)
        sketch.disc(centre, (w + h) * chance.uniform(0.09, 0.18), colours[step % len(colours)], 150)
    sketch.disc(around(middle, sketch.short * 0.36, turn + 0.6), sketch.short * 0.035, sketch.palette.ink)


def draw_op_art(sketch: Canvas) -> None:
    """Two-tone rings whose colours swap where a shifted second set crosses them."""
    field, figures = field_and_figures(sketch)
    w, h, chance = sketch.width, sketch.height, sketch.chance
    sketch.bar((0, 0, w, h), field)
    centre = (w * chance.uniform(0.35, 0.65), h * chance.uniform(0.35, 0.65))
    drift = chance.uniform(0, tau)
    count = chance.randint(11, 17)
    reach = max(w, h) * 0.78
    for step in range(count):
        radius = reach * (1 - step / count)
        moved = around(centre, sketch.short * 0.02 * step * 0.55, drift)
        sketch.disc(moved, radius, figures[0] if step % 2 else field)
    sketch.disc(around(centre, sketch.short * 0.011 * count, drift), reach / count * 0.62, figures[1])


def draw_rays(sketch: Canvas) -> None:
    """Rays from a low point, with a disc to look at."""
    field, figures = field_and_figures(sketch)
    w, h, chance = sketch.width, sketch.height, sketch.chance
    sketch.bar((0, 0, w, h), field)
    centre = (w * chance.choice((0.5, 0.5, 0.25, 0.8)), h * chance.choice((0.5, 0.72, 0.88)))
    count, turn = chance.choice((14, 18, 24)), chance.uniform(0, tau)
    reach = w + h
    for step in range(count):
        start = turn + tau * step / count
        ends = [around(centre, reach, start), around(centre, reach, start + tau / count / 2)]
        sketch.shape([centre, *ends], figures[0] if step % 3 else figures[2])
    for nest, colour in enumerate((field, figures[1], figures[0])):
        sketch.disc(centre, sketch.short * (0.27 - 0.05 * nest), colour)


def draw_blocks(sketch: Canvas) -> None:
    """Rectangles split again and again, with a few half circles let in."""
    w, h = sketch.width, sketch.height
    sketch.bar((0, 0, w, h), sketch.palette.ink)
    _split(sketch, (0, 0, w, h), depth=4)


def _split(sketch: Canvas, box: tuple[float, float, float, float], depth: int) -> None:
    left, top, right, bottom = box
    chance = sketch.chance
    if depth == 0 or (depth < 3 and chance.random() < 0.22):
        _fill_block(sketch, box)
        return
    share = chance.choice((0.33, 0.5, 0.62))
    if right - left > bottom - top:
        cut = left + (right - left) * share
        halves = ((left, top, cut, bottom), (cut, top, right, bottom))
    else:
        cut = top + (bottom - top) * share
        halves = ((left, top, right, cut), (left, cut, right, bottom))
    for half in halves:
        _split(sketch, half, depth - 1)


def _fill_block(sketch: Canvas, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    first, second, *_ = [*sketch.accents(), sketch.palette.ground]
    if sketch.chance.random() < 0.3:
        first = sketch.palette.ground
    edge = sketch.short * 0.006
    inner = (left + edge, top + edge, right - edge, bottom - edge)
    sketch.bar(inner, first)
    figure = sketch.chance.random()
    radius = (min(right - left, bottom - top)) / 2 - edge
    centre = ((left + right) / 2, (top + bottom) / 2)
    if figure < 0.3:
        sketch.disc(centre, radius * 0.78, second)
    elif figure < 0.5:
        turn = sketch.chance.randrange(4) * 90
        circle = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        sketch.pen.pieslice(circle, turn, turn + 180, fill=second)


def draw_petals(sketch: Canvas) -> None:
    """Petals turned about a centre, in two overlapping crowns."""
    w, h, chance = sketch.width, sketch.height, sketch.chance
    field, figures = field_and_figures(sketch)
    sketch.bar((0, 0, w, h), field)
    centre = (w * 0.5, h * chance.uniform(0.45, 0.55))
    for crown, reach in enumerate((0.47, 0.33, 0.19)):
        petals = chance.choice((8, 10, 12, 16))
        turn = chance.uniform(0, tau)
        for petal in range(petals):
            angle = turn + tau * petal / petals
            sketch.shape(_petal(centre, sketch.short * reach, angle, 0.75 * pi / petals), figures[crown % 3], 205)
    sketch.disc(centre, sketch.short * 0.055, figures[0])
    sketch.disc(centre, sketch.short * 0.03, field)


def _petal(centre: Point, length: float, angle: float, half_width: float) -> list[Point]:
    sides: list[Point] = []
    for step in range(13):
        share = step / 12
        sides.append(around(centre, length * share, angle + half_width * sin(pi * share**0.7)))
    for step in range(12, -1, -1):
        share = step / 12
        sides.append(around(centre, length * share, angle - half_width * sin(pi * share**0.7)))
    return sides


def draw_shards(sketch: Canvas) -> None:
    """Splinters thrown out from one point, with hard light and shade."""
    field, figures = field_and_figures(sketch)
    w, h, chance = sketch.width, sketch.height, sketch.chance
    sketch.wash(field, mix(field, figures[0], 0.2))
    centre = (w * chance.uniform(0.3, 0.7), h * chance.uniform(0.35, 0.65))
    count = chance.randint(13, 19)
    for step in range(count):
        angle = tau * step / count + chance.uniform(-0.12, 0.12)
        reach = (w + h) * chance.uniform(0.18, 0.48)
        tip, spread = around(centre, reach, angle), chance.uniform(0.06, 0.16)
        root = sketch.short * chance.uniform(0.02, 0.1)
        left, right = around(centre, reach * 0.45, angle - spread), around(centre, reach * 0.45, angle + spread)
        colour = figures[step % 3]
        back = around(centre, root, angle)
        sketch.shape([back, left, tip], colour)
        sketch.shape([back, right, tip], mix(colour, field, 0.38))
