"""Colour palettes by name, and the genres they suit. Knows no shapes and no words."""

from dataclasses import dataclass
from random import Random

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """`ground` is the background of the words, `ink` contrasts with it, `accents` fill the drawing."""

    ground: Colour
    ink: Colour
    accents: tuple[Colour, ...]


def _colour(code: str) -> Colour:
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def _palette(codes: str) -> Palette:
    ground, ink, *accents = (_colour(code) for code in codes.split())
    return Palette(ground, ink, tuple(accents))


PALETTES: dict[str, Palette] = {
    "dawn": _palette("fbeee0 3a2433 f9c784 f28f6b d1495b 7a3b69"),
    "dusk": _palette("1d1a33 f7e7ce f4b393 e0607e a13d7d 4b3b78"),
    "fjord": _palette("e8eff0 12343b 9fc9c6 5b9aa0 2d6a75 1b3f4b"),
    "moss": _palette("f1eedd 26331f c9cf8e 8fa65b 4f7942 d98e4a"),
    "ember": _palette("1b1413 ffe9d6 ffb347 f4652e c4261d 5e1a1a"),
    "iron": _palette("16181c e9ecef c9d1d9 7d8896 c8102e 3c444f"),
    "blood": _palette("e9e1d6 1a0f10 e2574c a61c28 5a0f1a 1a0f10"),
    "indigo_club": _palette("10182f f0e6d2 e8b04b 4f86c6 2a5298 7b2d43"),
    "brass": _palette("f4ead5 22201c e3b23c c97b2a 6b4226 1f5a5e"),
    "bossa": _palette("fdf3e1 1f4e5f f6c945 ef7f4d 2a9d8f 264653"),
    "neon": _palette("0d0b1f f4f1ff ff3d9a 7b5cff 26d7f7 2b1f5c"),
    "grid": _palette("f2f3f7 12142b 5d5fef ff6f61 20c4b5 12142b"),
    "acid": _palette("14180f f3ffd6 d4f53c 7bc950 2f9e6e 35453a"),
    "concrete": _palette("e3e1dc 20211f f1c232 8b8d89 4a4d4c d5512b"),
    "gold_chain": _palette("181310 fbf1dc f2c14e d08c2f 8f4a1d 3f6c66"),
    "velvet": _palette("2b0f1e fbe4d8 f29e7f d95d74 932c55 5b2a6e"),
    "peach": _palette("fff1e8 4a1f33 ffb8a3 f97e84 c84b7d 5f4bb6"),
    "bubblegum": _palette("fef3f6 2c1a4d ff9ec4 ffd166 48bfe3 7048b6"),
    "linen": _palette("f5efe3 33302a d9bf94 b4845a 7d8f69 4e5b4b"),
    "lichen": _palette("e9ebdf 2b3a35 bcc9a6 84a08b 4d7273 c77d5b"),
    "glacier": _palette("f3f6f8 1c2b3a c9dbe6 93b4cb 5b7fa3 e8a598"),
    "mist": _palette("ece9ee 2d2a3e cfc6d8 a69bbd 6f6b96 e3b7a0"),
    "ivory": _palette("f7f2e7 1f1b16 d8c8a8 a9895c 7a1f2b 23344f"),
    "spice": _palette("fbf0dc 3b1c14 f4a922 e2602f a32a34 1d7874"),
    "savanna": _palette("f8e9c8 2a2116 efb23e d2652d 7f3b2f 3e6b4f"),
    "reel": _palette("14171c f6f0e2 e6c069 c4553b 3e7c86 27394a"),
    "desert": _palette("f6e2c4 3d1f12 eeb462 d97b3f a94b2e 5f7f86"),
    "space": _palette("0a1024 e8eefc f5d47a 6f8ff0 36509f a6489a"),
    "sepia": _palette("efe6d3 2c241b cdb48b a07d54 6b4f35 3a3029"),
    "root": _palette("f3ecd2 1d2a1e f2c230 d8412f 2f8f4e 1d2a1e"),
    "noir": _palette("111214 f2efe8 e8e2d0 9a9a98 d8a032 4d5054"),
    "meadow": _palette("eef4e3 20402f f6d55c 8ecf8b 3caea3 ed6a5a"),
}

ANY_GENRE = ("dawn", "fjord", "grid", "linen", "reel", "ivory", "meadow", "dusk")
GENRE_PALETTES: dict[str, tuple[str, ...]] = {
    "rock": ("ember", "concrete", "dusk", "reel", "spice"),
    "pop": ("bubblegum", "peach", "meadow", "dawn", "bossa"),
    "jazz": ("indigo_club", "brass", "bossa", "noir", "fjord"),
    "classical": ("ivory", "mist", "linen", "fjord", "brass"),
    "electronic": ("neon", "grid", "acid", "space", "glacier"),
    "hip hop": ("gold_chain", "concrete", "acid", "grid", "ember"),
    "soul": ("velvet", "peach", "spice", "gold_chain", "dawn"),
    "folk": ("linen", "moss", "lichen", "sepia", "dawn"),
    "metal": ("iron", "blood", "ember", "noir"),
    "ambient": ("mist", "glacier", "fjord", "lichen", "dusk"),
    "world": ("spice", "savanna", "bossa", "root", "desert"),
    "soundtrack": ("reel", "noir", "space", "dusk", "sepia"),
    "blues": ("indigo_club", "noir", "fjord", "sepia"),
    "country": ("desert", "linen", "savanna", "moss"),
    "punk": ("concrete", "blood", "bubblegum", "acid"),
    "reggae": ("root", "savanna", "gold_chain"),
    "drama": ("linen", "fjord", "mist", "dawn", "velvet", "ivory"),
    "comedy": ("meadow", "bossa", "bubblegum", "peach", "brass"),
    "thriller": ("noir", "iron", "reel", "blood", "concrete"),
    "crime": ("noir", "reel", "gold_chain", "concrete"),
    "horror": ("blood", "iron", "ember", "velvet"),
    "science fiction": ("space", "neon", "grid", "glacier"),
    "fantasy": ("dusk", "moss", "space", "meadow"),
    "romance": ("peach", "velvet", "dawn", "mist"),
    "western": ("desert", "savanna", "sepia", "ember"),
    "war": ("iron", "moss", "sepia", "concrete"),
    "animation": ("meadow", "bubblegum", "bossa", "dusk"),
    "documentary": ("lichen", "fjord", "concrete", "brass", "glacier"),
    "adventure": ("desert", "moss", "spice", "space"),
    "action": ("ember", "concrete", "iron", "grid"),
    "family": ("meadow", "bossa", "dawn", "bubblegum"),
    "mystery": ("noir", "indigo_club", "dusk", "mist"),
    "history": ("ivory", "sepia", "brass", "blood"),
    "music": ("velvet", "indigo_club", "neon", "gold_chain"),
    "silent": ("sepia", "noir", "ivory", "linen"),
}
ALIASES = {
    "sci-fi": "science fiction",
    "hip-hop": "hip hop",
    "film-noir": "crime",
    "children": "family",
    "children's": "family",
}


def name_genre(genre: str) -> str:
    """The canonical name of a genre in this package."""
    name = genre.strip().casefold()
    return ALIASES.get(name, name)


def choose_palette(genres: tuple[str, ...], chance: Random) -> Palette:
    """A random palette of the first genre that has palettes of its own, else a neutral one."""
    for genre in genres:
        names = GENRE_PALETTES.get(name_genre(genre))
        if names:
            return PALETTES[chance.choice(names)]
    return PALETTES[chance.choice(ANY_GENRE)]
