"""Drawn artwork: the same facts give the same bytes, other facts another picture, and no title breaks it."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest
from PIL import Image

from mediarec.library.generated_artwork import (
    POSTER_SIZE,
    SQUARE_SIZE,
    WIDE_SIZE,
    DrawingFacts,
    draw_artwork,
)
from mediarec.library.generated_artwork.motifs import GENRE_MOTIFS, MOTIFS
from mediarec.library.generated_artwork.palettes import ALIASES, GENRE_PALETTES, PALETTES, name_genre
from mediarec.library.generated_artwork.sketch import Canvas, luminance
from mediarec.library.generated_artwork.typesetting import fit_title, measure

STALKER = DrawingFacts("film", "Stalker", 1979, ("Science Fiction", "Drama"), ("Andrei Tarkovsky",))


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("film", POSTER_SIZE),
        ("series", POSTER_SIZE),
        ("episode", POSTER_SIZE),
        ("album", SQUARE_SIZE),
        ("track", SQUARE_SIZE),
        ("video", WIDE_SIZE),
    ],
)
def test_it_draws_each_kind_in_its_own_shape(kind: str, size: tuple[int, int]) -> None:
    picture = draw_artwork(replace(STALKER, kind=kind))
    assert picture.size == size
    assert picture.mode == "RGB"


def test_it_draws_the_same_picture_from_the_same_facts() -> None:
    assert draw_artwork(STALKER).tobytes() == draw_artwork(replace(STALKER)).tobytes()


def test_another_interpreter_draws_the_same_picture() -> None:
    titles = ["Stalker", "千と千尋の神隠し", "جدایی نادر از سیمین"]
    code = (
        "import hashlib, sys; from mediarec.library.generated_artwork import DrawingFacts, draw_artwork\n"
        "for title in sys.argv[1:]:\n"
        "    print(hashlib.sha256(draw_artwork(DrawingFacts('film', title)).tobytes()).hexdigest())"
    )
    told = subprocess.run([sys.executable, "-c", code, *titles], capture_output=True, text=True, check=True).stdout
    here = [hashlib.sha256(draw_artwork(DrawingFacts("film", title)).tobytes()).hexdigest() for title in titles]
    assert told.split() == here


def test_its_seed_does_not_depend_on_the_interpreter() -> None:
    assert STALKER.seed() == 0xE18EE23C6DD493EE


@pytest.mark.parametrize(
    "other",
    [
        replace(STALKER, kind="series"),
        replace(STALKER, title="Solaris"),
        replace(STALKER, year=1972),
        replace(STALKER, genres=("Drama",)),
        replace(STALKER, people=()),
    ],
)
def test_a_different_fact_gives_a_different_picture(other: DrawingFacts) -> None:
    assert draw_artwork(other).tobytes() != draw_artwork(STALKER).tobytes()


@pytest.mark.parametrize(
    "title",
    [
        "",
        "   ",
        "I",
        "七人の侍",
        "Łódź — Ångström, señor!",
        "مرحبا \u202e\u200b\ufeff",
        "zalgo" + "\u0301\u0327\u0335" * 30,
        "\ud800 lone surrogate",
        "line\nbreak\tand\x00control",
        "W" * 400,
        "a very long title " * 40,
        "🎬🎵",
    ],
)
@pytest.mark.parametrize("kind", ["film", "album", "video"])
def test_it_draws_unusual_titles(kind: str, title: str) -> None:
    picture = draw_artwork(DrawingFacts(kind, title, None, ("No Such Genre", ""), (title,)))
    assert len(picture.getcolors(maxcolors=1_000_000) or []) > 20


@pytest.mark.parametrize(
    "title", ["Heat", "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "W" * 90]
)
def test_a_fitted_title_stays_inside_its_box(title: str) -> None:
    setting = fit_title(title, 300, 150)
    assert setting.height <= 150
    assert setting.lines
    assert all(measure(line, setting.size) <= 300 for line in setting.lines)


def test_a_truncated_title_ends_in_an_ellipsis() -> None:
    assert fit_title("word " * 90, 200, 80).lines[-1].endswith("…")


def test_a_short_title_is_set_larger_than_a_long_one() -> None:
    assert fit_title("Heat", 300, 150).size > fit_title("The Assassination of Jesse James by the Coward", 300, 150).size


def test_an_accent_changes_what_is_drawn() -> None:
    plain, accented = (fit_title(text, 300, 150) for text in ("Jose", "José"))
    assert plain.size == accented.size
    assert draw_artwork(replace(STALKER, title="Jose")) != draw_artwork(replace(STALKER, title="José"))


@pytest.mark.parametrize("name", sorted(MOTIFS))
def test_every_motif_fills_its_canvas_with_several_colours(name: str) -> None:
    for seed in range(4):
        sketch = Canvas(400, 300, PALETTES["bossa"], Random(seed))
        MOTIFS[name](sketch)
        colours = sketch.finish().convert("P", palette=Image.Palette.ADAPTIVE, colors=16).getcolors() or []
        assert len([count for count, _ in colours if count > 40]) >= 3


def test_text_has_contrast_on_every_palette() -> None:
    poor = [name for name, palette in PALETTES.items() if abs(luminance(palette.ground) - luminance(palette.ink)) < 0.6]
    assert poor == []
    assert len(PALETTES) >= 18


def test_other_catalogues_names_for_a_genre_are_understood() -> None:
    assert [name_genre(name) for name in ("Sci-Fi", " Film-Noir", "Children's", "JAZZ")] == [
        "science fiction",
        "crime",
        "family",
        "jazz",
    ]


def test_genres_name_only_palettes_and_motifs_that_exist() -> None:
    assert {name for names in GENRE_PALETTES.values() for name in names} <= PALETTES.keys()
    assert {name for names in GENRE_MOTIFS.values() for name in names} <= MOTIFS.keys()
    assert set(ALIASES.values()) <= GENRE_PALETTES.keys()
