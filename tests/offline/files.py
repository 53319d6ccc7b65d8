"""Small files of every sort that an installation is given in these tests."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.browser.media import write_history
from tests.library.catalogues.samples import IMDB
from tests.media import make_picture, make_video
from tests.recommender.encoders.conftest import draw_picture, play

FILMS, PEOPLE = 12, 30
SUBTITLES = "1\n00:00:00,100 --> 00:00:00,900\nThe herring boats are late.\n"
# What a hostile or merely clever file may hold: a player would fetch it.
STREAM = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://192.0.2.1/part.ts\n#EXT-X-ENDLIST\n"


def make_files(folder: Path) -> Mapping[str, Path]:
    """By name: what is brought in, what is asked with, data sets, and a folder for what commands make."""
    made = folder / "made"
    made.mkdir(parents=True)
    return {
        "history": write_history(folder / "history.jsonl"),
        "music": _make_music(folder / "Music"),
        "films": _make_films(folder / "Films"),
        "picture": make_picture(folder / "picture.png"),
        "table": _write(folder / "table.csv", "title,kind,year\nSolaris,film,1972\n"),
        "catalogue": _make_catalogue(folder / "catalogue"),
        "sequences": _make_sequences(folder / "sequences"),
        "ratings": _make_ratings(folder / "ratings"),
        "made": made,
    }


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _make_music(folder: Path) -> Path:
    folder.mkdir()
    play(folder / "01 Low Tide.wav", 3, 110, 60)
    play(folder / "02 Sparks.wav", 3, 880, 150)
    draw_picture("navy", "circle").save(folder / "cover.jpg")
    return folder


def _make_films(folder: Path) -> Path:
    film = make_video(folder / "Harbour Film (2001)" / "Harbour Film (2001).mp4")
    _write(film.with_suffix(".srt"), SUBTITLES)
    draw_picture("gold", "stripes").save(film.parent / "poster.jpg")
    _write(folder / "Stream (2002)" / "Stream (2002).mp4", STREAM)
    _write(folder / "List (2003)" / "List (2003).m3u8", STREAM)
    return folder


def _make_catalogue(folder: Path) -> Path:
    for name, content in IMDB.items():
        _write(folder / name, content.decode())
    return folder


def _make_sequences(folder: Path) -> Path:
    """The layout of MovieLens-1M as `manage.py train` reads it."""
    noise = np.random.default_rng(3)
    films = [f"{number}::Film Number {number} (19{60 + number})::Drama" for number in range(1, FILMS + 1)]
    people = [" ".join(map(str, [person, *(1 + noise.permutation(FILMS)[:8])])) for person in range(1, PEOPLE)]
    _write(folder / "movies.dat", "\n".join(films))
    _write(folder / "sequences.txt", "\n".join(people))
    return folder


def _make_ratings(folder: Path) -> Path:
    folder.mkdir()
    with (folder / "movies.csv").open("w", encoding="utf-8", newline="") as file:
        films = [(number, f"Film, the {number}th (1990)", "Comedy|Drama") for number in range(1, FILMS + 1)]
        csv.writer(file).writerows([("movieId", "title", "genres"), *films])
    with (folder / "ratings.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [(person, 1 + (person + step) % FILMS, 4.0, 1000 + step) for person in range(8) for step in range(6)]
        csv.writer(file).writerows([("userId", "movieId", "rating", "timestamp"), *rows])
    return folder
