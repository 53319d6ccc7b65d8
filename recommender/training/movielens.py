"""Training data as arrays (item vectors by modality, people's sequences), and its reader for a MovieLens-1M folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mediarec.library.atomic_files import write_atomically
from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.encoders.image_efficientnet import EfficientNetImageEncoder
from recommender.encoders.text_minilm import MiniLMTextEncoder
from recommender.items.cards import CARD_VERSION, ItemFacts, build_card

TITLE = re.compile(r"^(?P<title>.*?)\s*(?:\((?P<year>\d{4})\))?\s*$")
IMAGE_CHUNK = 64


@dataclass(frozen=True)
class TrainingData:
    """`vectors[m]` is (N, dims of m) float32, `present[m]` (N,) bool; `sequences` hold item rows, oldest first.

    `types` holds an event-type index for each event, `gaps` a time-gap bucket; they default to "finished" and unknown.
    `weights` are the events' weights in the loss: 1 by default, 0 for events that are no target, negative for
    rejections, whose items are pushed below the average score. `metadata_only` holds vectors of the same items from
    title, year and genres alone, for feature dropout.
    """

    vectors: Mapping[str, NDArray[np.float32]]
    present: Mapping[str, NDArray[np.bool_]]
    sequences: Sequence[NDArray[np.int64]]
    data_hash: str
    types: Sequence[NDArray[np.int64]] | None = None
    gaps: Sequence[NDArray[np.int64]] | None = None
    weights: Sequence[NDArray[np.float32]] | None = None
    names: Sequence[str] = ()  # titles of the items, for error messages
    metadata_only: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def trained_modalities(self) -> list[str]:
        """Modalities that at least one item has."""
        return [name for name, mask in self.present.items() if mask.any()]

    def check(self) -> None:
        """Raises NotUnderstoodError for a wrong shape, or naming the first item whose vector is not finite."""
        for modality, mask in self.present.items():
            rows = self.vectors[modality]
            if rows.ndim != 2 or len(rows) != self.item_count:
                raise NotUnderstoodError(
                    f"The {modality} vectors have the shape {rows.shape}, for {self.item_count} items."
                )
            broken = np.flatnonzero(mask & ~np.isfinite(rows).all(axis=1))
            if len(broken):
                row = int(broken[0])
                name = self.names[row] if row < len(self.names) else f"item {row}"
                raise NotUnderstoodError(f"The {modality} vector of {name} has values that are not finite numbers.")

    @property
    def item_count(self) -> int:
        return len(next(iter(self.present.values())))


def read_movielens(
    folder: Path, cache: Path, modality_dims: Mapping[str, int], *, with_plain: bool = False
) -> TrainingData:
    """Reads a folder with `sequences.txt` and `movies.dat`, and optional plots, abstracts and posters.

    `with_plain` adds the metadata-only vectors, which take as long to encode as the full ones. Encoded vectors are
    cached in `cache`. Raises NotFoundError or NotUnderstoodError with a sentence that names the file.
    """
    sequences = _read_sequences(folder / "sequences.txt")
    ids = sorted({movie for sequence in sequences for movie in sequence})
    rows = {movie: row for row, movie in enumerate(ids)}
    facts = read_facts(folder)
    cards = _build_cards(facts, ids)
    plain = _build_cards(dict(_read_movies(folder / "movies.dat")), ids) if with_plain else []
    posters = [folder / "posters" / f"{movie}.jpg" for movie in ids]
    text = encode_once(cache, "text", cards, lambda: MiniLMTextEncoder().encode(cards))
    has_poster = np.array([poster.is_file() for poster in posters])
    names = [str(poster) for poster, is_file in zip(posters, has_poster, strict=True) if is_file]
    pictures = encode_once(cache, "image", names, lambda: _encode_posters(names))
    image = np.zeros((len(ids), modality_dims["image"]), dtype=np.float32)
    image[has_poster] = pictures
    audio = np.zeros((len(ids), modality_dims["audio"]), dtype=np.float32)
    return TrainingData(
        vectors={"text": text, "image": image, "audio": audio},
        present={"text": np.ones(len(ids), bool), "image": has_poster, "audio": np.zeros(len(ids), bool)},
        sequences=[np.array([rows[movie] for movie in sequence], dtype=np.int64) for sequence in sequences],
        data_hash=hash_files([folder / "sequences.txt", folder / "movies.dat"]),
        names=[facts[movie].title if movie in facts else f"Film {movie}" for movie in ids],
        metadata_only={"text": encode_once(cache, "text", plain, lambda: MiniLMTextEncoder().encode(plain))}
        if plain
        else {},
    )


def _build_cards(facts: Mapping[int, ItemFacts], ids: Sequence[int]) -> list[str]:
    return [build_card(facts.get(movie) or ItemFacts(kind="film", title=f"Film {movie}")) for movie in ids]


def _read_sequences(path: Path) -> list[list[int]]:
    sequences = []
    for number, line in enumerate(_read_lines(path), start=1):
        try:
            sequences.append([int(word) for word in line.split()[1:]])
        except ValueError as error:
            raise NotUnderstoodError(
                f"{path}, line {number}: expected a person and movie ids, found {line!r}."
            ) from error
    return sequences


def read_facts(folder: Path) -> dict[int, ItemFacts]:
    facts = dict(_read_movies(folder / "movies.dat"))
    extras = folder / "movies_extra.dat"
    if extras.is_file():
        facts |= dict(_read_extras(extras, facts))
    abstracts = folder / "dbpedia_abstracts.json"
    if abstracts.is_file():
        facts = _add_abstracts(facts, _read_abstracts(abstracts))
    return facts


def _read_movies(path: Path) -> Iterator[tuple[int, ItemFacts]]:
    for number, line in enumerate(_read_lines(path), start=1):
        movie, *rest = line.split("::")
        if len(rest) < 2 or not movie.isdigit():
            raise NotUnderstoodError(f"{path}, line {number}: expected id::title (year)::genres, found {line!r}.")
        name, genres = rest[:2]
        match = TITLE.match(name)
        year = match["year"] if match else None
        title = match["title"] if match else name
        yield int(movie), ItemFacts("film", title, int(year) if year else None, tuple(genres.split("|")))


def _read_extras(path: Path, base_facts: Mapping[int, ItemFacts]) -> Iterator[tuple[int, ItemFacts]]:
    """`id::title::year::certificate::release::genres::director::writers::cast::plot::artwork`; fields may be empty."""
    for line in _read_lines(path):
        fields = line.split("::")
        if len(fields) < 10 or not fields[0].isdigit():
            continue
        base_film = base_facts.get(int(fields[0]))
        people = {
            role: tuple(name.split(" (")[0].strip() for name in value.split(",") if name.strip())
            for role, value in (("director", fields[6]), ("actor", fields[8]))
            if value.strip()
        }
        yield (
            int(fields[0]),
            ItemFacts(
                kind="film",
                title=fields[1].strip() or (base_film.title if base_film else ""),
                year=int(fields[2]) if fields[2].strip().isdigit() else (base_film.year if base_film else None),
                genres=tuple(g.strip() for g in fields[5].split(",") if g.strip())
                or (base_film.genres if base_film else ()),
                people=people,
                synopsis=fields[9].strip(),
            ),
        )


def _read_abstracts(path: Path) -> dict[str, str]:
    try:
        abstracts: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return abstracts
    except ValueError as error:
        raise NotUnderstoodError(
            f"{path} is not the JSON of movie ids and texts that was expected: {error}."
        ) from error


def _add_abstracts(facts: Mapping[int, ItemFacts], abstracts: Mapping[str, str]) -> dict[int, ItemFacts]:
    """Uses the abstract as synopsis of films without a plot."""
    return {
        movie: item
        if item.synopsis or str(movie) not in abstracts
        else ItemFacts(item.kind, item.title, item.year, item.genres, (), item.people, synopsis=abstracts[str(movie)])
        for movie, item in facts.items()
    }


def _encode_posters(names: Sequence[str]) -> NDArray[np.float32]:
    encoder = EfficientNetImageEncoder()
    parts = []
    for start in range(0, len(names), IMAGE_CHUNK):
        parts.append(encoder.encode([_open_poster(name) for name in names[start : start + IMAGE_CHUNK]]))
    return np.concatenate(parts) if parts else np.zeros((0, encoder.dims), dtype=np.float32)


def _open_poster(name: str) -> Image.Image:
    try:
        return Image.open(name).convert("RGB")
    except OSError as error:
        raise NotUnderstoodError(f"{name} is not a picture that can be read; remove it to go on without.") from error


def encode_once(
    cache: Path, name: str, inputs: Sequence[str], encode: Callable[[], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Encodes `inputs`, cached on disk by their hash and the card version -> (n, dims) float32."""
    digest = hashlib.sha256(json.dumps([CARD_VERSION, name, *inputs]).encode()).hexdigest()[:24]
    path = cache / f"{name}-{digest}.npy"
    if path.is_file():
        return np.asarray(np.load(path), dtype=np.float32)
    vectors = encode()
    cache.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as file:
        np.save(file, vectors)
    return vectors


def _read_lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}.") from error
    # Not splitlines(): plots hold characters that it treats as line ends.
    return [line.rstrip("\r") for line in text.split("\n") if line.strip()]


def hash_files(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
