"""Reading a MovieLens folder: facts from every optional file, and errors that name the file."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.encoders.image_efficientnet import EfficientNetImageEncoder
from recommender.encoders.text_minilm import MiniLMTextEncoder
from recommender.items.cards import build_card
from recommender.training.movielens import read_facts, read_movielens

DIMS = {"text": 384, "image": 1280, "audio": 64}
MOVIES = "1::A Quiet Lake (1994)::Drama\n2::Loud Engines::Action|Thriller\n"
EXTRA = (
    "1::A Quiet Lake::1994::PG::1 Jan::Drama, Romance::Ann Other (as A.)::W::Bea Light, Cy Dark::Nothing moves.::x\r\n"
    "2::::::::::::::::::::\r\n"
    "not a row\r\n"
)
obstacle = MiniLMTextEncoder.find_obstacle() or EfficientNetImageEncoder.find_obstacle()


def make_folder(folder: Path) -> Path:
    (folder / "movies.dat").write_text(MOVIES, encoding="utf-8")
    (folder / "movies_extra.dat").write_bytes(EXTRA.encode())
    (folder / "dbpedia_abstracts.json").write_text(json.dumps({"1": "unused", "2": "Engines race."}))
    (folder / "sequences.txt").write_text("1 1 2 1\n2 2 1\n")
    return folder


def test_extras_add_people_and_plot_whatever_the_line_ends(tmp_path: Path) -> None:
    lake = read_facts(make_folder(tmp_path))[1]
    assert (lake.title, lake.year, lake.genres) == ("A Quiet Lake", 1994, ("Drama", "Romance"))
    assert lake.people == {"director": ("Ann Other",), "actor": ("Bea Light", "Cy Dark")}
    assert lake.synopsis == "Nothing moves."


def test_empty_fields_keep_known_values_and_an_abstract_replaces_a_missing_plot(tmp_path: Path) -> None:
    engines = read_facts(make_folder(tmp_path))[2]
    assert (engines.title, engines.year, engines.genres) == ("Loud Engines", None, ("Action", "Thriller"))
    assert engines.synopsis == "Engines race."
    assert build_card(engines).startswith("Film: Loud Engines.\nAction, Thriller.")


def test_the_optional_files_are_optional(tmp_path: Path) -> None:
    (tmp_path / "movies.dat").write_text(MOVIES, encoding="utf-8")
    assert read_facts(tmp_path)[1].genres == ("Drama",)


def test_an_error_names_the_line_of_a_malformed_row(tmp_path: Path) -> None:
    (tmp_path / "movies.dat").write_text(MOVIES + "three\n", encoding="utf-8")
    with pytest.raises(NotUnderstoodError, match=r"movies\.dat, line 3"):
        read_facts(tmp_path)


def test_an_error_names_the_file_of_malformed_abstracts(tmp_path: Path) -> None:
    (make_folder(tmp_path) / "dbpedia_abstracts.json").write_text("{")
    with pytest.raises(NotUnderstoodError, match=r"dbpedia_abstracts\.json"):
        read_facts(tmp_path)


def test_an_error_names_the_line_of_a_sequence_without_numbers(tmp_path: Path) -> None:
    (make_folder(tmp_path) / "sequences.txt").write_text("1 1 2\n2 two\n")
    with pytest.raises(NotUnderstoodError, match=r"sequences\.txt, line 2"):
        read_movielens(tmp_path, tmp_path / "cache", DIMS)


def test_an_error_names_a_folder_without_sequences(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"sequences\.txt"):
        read_movielens(tmp_path, tmp_path / "cache", DIMS)


@pytest.mark.real_models
@pytest.mark.skipif(bool(obstacle), reason=obstacle or "installed")
def test_cards_and_posters_are_encoded_only_once(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "posters").mkdir()
    Image.new("RGB", (60, 90), "navy").save(folder / "posters" / "2.jpg")
    first = read_movielens(folder, tmp_path / "cache", DIMS)
    assert first.trained_modalities == ["text", "image"]
    assert first.present["image"].tolist() == [False, True]
    assert np.allclose(np.linalg.norm(first.vectors["text"], axis=1), 1, atol=1e-5)
    assert [sequence.tolist() for sequence in first.sequences] == [[0, 1, 0], [1, 0]]
    assert not first.metadata_only
    plain = read_movielens(folder, tmp_path / "cache", DIMS, with_plain=True).metadata_only["text"]
    assert not np.allclose(plain[0], first.vectors["text"][0])  # no plot, no people
    for stored in (tmp_path / "cache").glob("text-*.npy"):
        np.save(stored, np.zeros((2, 384), dtype=np.float32))
    assert not read_movielens(folder, tmp_path / "cache", DIMS).vectors["text"].any()  # read back, not encoded again
