"""Reads a MovieLens folder in CSV layout (`ratings.csv`, `movies.csv`) as training data. Knows no tables, no torch."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.encoders.text_minilm import MiniLMTextEncoder
from recommender.items.cards import ItemFacts, build_card
from recommender.training.movielens import TITLE, TrainingData, encode_once, hash_files

NO_GENRES = "(no genres listed)"


def read_movielens_csv(folder: Path, cache: Path, modality_dims: Mapping[str, int]) -> TrainingData:
    """Ratings ordered by time, equal times in file order; items embedded from title, year and genres.

    Films without a row in `movies.csv` get their number as title. Raises NotFoundError or NotUnderstoodError with a
    sentence that names the file and the line.
    """
    facts = dict(read_films(folder))
    events = _read_ratings(folder / "ratings.csv")
    ids = sorted({film for ratings in events.values() for _, film in ratings})
    rows = {film: row for row, film in enumerate(ids)}
    cards = [build_card(facts.get(film) or ItemFacts(kind="film", title=f"Film {film}")) for film in ids]
    text = encode_once(cache, "text", cards, lambda: MiniLMTextEncoder().encode(cards))
    vectors = {name: np.zeros((len(ids), dims), dtype=np.float32) for name, dims in modality_dims.items()}
    present = {name: np.zeros(len(ids), dtype=bool) for name in modality_dims}
    vectors["text"], present["text"] = text, np.ones(len(ids), dtype=bool)
    # The sort is stable: equal times stay in file order.
    ordered = [sorted(ratings, key=lambda event: event[0]) for ratings in events.values()]
    return TrainingData(
        vectors=vectors,
        present=present,
        sequences=[np.array([rows[film] for _, film in ratings], dtype=np.int64) for ratings in ordered],
        data_hash=hash_files([folder / "ratings.csv", folder / "movies.csv"]),
        names=[facts[film].title if film in facts else f"Film {film}" for film in ids],
    )


def read_films(folder: Path) -> Iterator[tuple[int, ItemFacts]]:
    """The rows of `movies.csv` as (movieId, facts)."""
    path = folder / "movies.csv"
    for number, row in _read_rows(path, ("movieId", "title", "genres")):
        match = TITLE.match(row["title"] or "")
        title = match["title"] if match else row["title"]
        year = int(match["year"]) if match and match["year"] else None
        genres = () if row["genres"] == NO_GENRES else tuple((row["genres"] or "").split("|"))
        yield _read_number(row["movieId"], path, number), ItemFacts("film", title, year, genres)


def _read_ratings(path: Path) -> dict[int, list[tuple[float, int]]]:
    events: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for number, row in _read_rows(path, ("userId", "movieId", "timestamp")):
        try:
            moment = float(row["timestamp"])
        except (TypeError, ValueError) as error:
            raise NotUnderstoodError(
                f"{path}, line {number}: {row['timestamp']!r} is not a time in seconds."
            ) from error
        person, film = (_read_number(row[name], path, number) for name in ("userId", "movieId"))
        events[person].append((moment, film))
    if not events:
        raise NotUnderstoodError(f"{path} holds no ratings.")
    return events


def _read_rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in needed if name not in (reader.fieldnames or [])]
            if missing:
                raise NotUnderstoodError(f"{path} has no column {missing[0]!r}; found {reader.fieldnames}.")
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}.") from error
    except csv.Error as error:
        raise NotUnderstoodError(f"{path} is not CSV: {error}.") from error


def _read_number(word: str | None, path: Path, number: int) -> int:
    if word is None or not word.strip().isdigit():
        raise NotUnderstoodError(f"{path}, line {number}: {word!r} is not the ID of a person or film.")
    return int(word)
