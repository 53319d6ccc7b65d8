"""The motifs of drawings by name, and the genres they suit."""

from collections.abc import Callable
from random import Random

from mediarec.library.generated_artwork import patterns, scenes
from mediarec.library.generated_artwork.palettes import name_genre
from mediarec.library.generated_artwork.sketch import Canvas

Motif = Callable[[Canvas], None]

MOTIFS: dict[str, Motif] = {
    "suns": scenes.draw_suns,
    "hills": scenes.draw_hills,
    "arcs": patterns.draw_arcs,
    "stripes": patterns.draw_stripes,
    "constellation": scenes.draw_constellation,
    "waveform": patterns.draw_waveform,
    "ribbons": scenes.draw_ribbons,
    "bubbles": patterns.draw_bubbles,
    "op art": patterns.draw_op_art,
    "rays": patterns.draw_rays,
    "blocks": patterns.draw_blocks,
    "petals": patterns.draw_petals,
    "skyline": scenes.draw_skyline,
    "scales": scenes.draw_scales,
    "shards": patterns.draw_shards,
}

QUIET = ("hills", "ribbons", "suns", "bubbles", "scales", "constellation", "petals")
LOUD = ("shards", "op art", "stripes", "rays", "blocks", "waveform")
URBAN = ("skyline", "stripes", "blocks", "op art", "arcs")
PLAYFUL = ("arcs", "bubbles", "petals", "rays", "suns", "scales", "blocks")
COSMIC = ("constellation", "suns", "op art", "waveform", "hills")
GENRE_MOTIFS: dict[str, tuple[str, ...]] = {
    "ambient": QUIET, "classical": QUIET, "folk": QUIET, "country": QUIET, "drama": (*QUIET, "arcs"), "romance": QUIET,
    "metal": LOUD, "punk": LOUD, "rock": (*LOUD, "suns", "arcs"), "action": LOUD, "horror": LOUD, "war": LOUD,
    "hip hop": URBAN, "crime": URBAN, "thriller": URBAN, "mystery": URBAN, "jazz": (*URBAN, "bubbles", "ribbons"),
    "pop": PLAYFUL, "comedy": PLAYFUL, "animation": PLAYFUL, "family": PLAYFUL, "world": PLAYFUL, "reggae": PLAYFUL,
    "science fiction": COSMIC, "electronic": (*COSMIC, "arcs", "blocks"), "fantasy": (*COSMIC, "petals"),
    "western": ("hills", "suns", "rays"), "adventure": ("hills", "suns", "rays", "constellation"),
}  # fmt: skip


def choose_motif(genres: tuple[str, ...], chance: Random) -> Motif:
    """A random motif of the first genre that has motifs of its own, else any motif."""
    for genre in genres:
        names = GENRE_MOTIFS.get(name_genre(genre))
        if names:
            return MOTIFS[chance.choice(names)]
    return MOTIFS[chance.choice(list(MOTIFS))]
