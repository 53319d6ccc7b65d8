"""Made-up people who look for a film: they say only what is true of it, and good questions find it sooner."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import simulated
from mediarec.library.errors import NotFoundError
from recommender.elicitation.questions import Question

GENRES = ("Drama", "Comedy", "Action", "Western", "Musical", "Horror", "Crime", "War")
FILMS = 160


@pytest.fixture
def catalogue(tmp_path: Path) -> simulated.Catalogue:
    """Five films for each of 32 pairs of genre and decade; everybody saw everything."""
    lines = [f"{n}::Film {n} ({1960 + 10 * (n // 8 % 4)})::{GENRES[n % 8]}" for n in range(1, FILMS + 1)]
    (tmp_path / "movies.dat").write_text("\n".join(lines))
    (tmp_path / "sequences.txt").write_text("1 " + " ".join(map(str, range(1, FILMS + 1))))
    return simulated.read_catalogue(tmp_path)


def test_a_simulated_user_answers_only_from_the_target(catalogue: simulated.Catalogue) -> None:
    random = np.random.default_rng(1)
    genres = catalogue.facets[0]
    for wanted in range(0, FILMS, 7):
        columns = tuple(range(len(genres.values)))
        question = Question(genres.text, genres.values, 0.0, genres, columns)
        said = simulated.answer(question, wanted, random)
        assert said == len(columns) or genres.carried[wanted, said]


def test_asking_questions_finds_items_that_browsing_does_not(catalogue: simulated.Catalogue) -> None:
    wanted = list(range(0, FILMS, 4))
    silent = simulated.play_all(catalogue, wanted, lambda talk: None, 1, critiques=False)
    asked = simulated.play_all(
        catalogue, wanted, lambda talk: simulated.ask_by_information(talk, 4), 1, critiques=False
    )
    assert simulated.summarise(asked)["found_within_15"] > simulated.summarise(silent)["found_within_15"] + 0.3
    assert simulated.summarise(asked)["mean_turns"] < simulated.summarise(silent)["mean_turns"]


def test_a_folder_without_the_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"sequences\.txt"):
        simulated.run(tmp_path / "nowhere", 1)
