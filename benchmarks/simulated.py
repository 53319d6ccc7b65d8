"""Simulated users with one target film: turns until it is shown, by elicitation strategy.

A user answers only from the target's genres, year, contributors and plot words, and misses one fitting answer in ten.
All strategies show the most likely films of the same belief; only the questions differ.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import describe_machine
from mediarec.library.errors import NotFoundError
from recommender.elicitation.information_gain import ERROR_RATE, Flags, Floats, bayes_update
from recommender.elicitation.questions import (
    MOST_CHOICES,
    Facet,
    Question,
    build_facet,
    find_best_question,
    posterior,
)
from recommender.items.cards import ItemFacts
from recommender.language.lexicon import STOP_WORDS
from recommender.training.movielens import read_facts

PROTOCOL = (
    "a film drawn by how many people saw it is wanted; every turn shows the five likeliest films not shown before and "
    "asks one question; found when it is shown, within 15 turns; 15 is counted where it is not"
)
MOST_TURNS = 15
LISTED = 5
FORGOTTEN = 0.1
DECADE = 10
YEARS_APART = 3  # a smaller difference is not called older or newer
PLOT_WORD = re.compile(r"[a-z]{4,}")
LEAST_FILMS, LARGEST_SHARE = 12, 0.2  # plot words and names on fewer or more films are not asked about
# "Is it a comedy?" and "Which of these four, or none?", as the chat asks.
FORMS = {"yes_or_no": 1, "four_choices": MOST_CHOICES}
LIKENESS_SHARPNESS = 12.0  # softmax sharpness of picking the most similar film; an assumption
ALIKE = 0.05  # cosine; one pair of films in fourteen is at least that similar
Asker = Callable[["Talk"], Question | None]


@dataclass(frozen=True)
class Catalogue:
    """Films in one order: prior probability, year (0 unknown), and the facets to ask about, genres first."""

    prior: Floats
    years: Floats
    facets: tuple[Facet, ...]
    likeness: NDArray[np.float32]  # (N, N) cosines of labels and names, weighted by rarity
    popular_films: Facet  # films similar to each of the most popular ones


@dataclass
class Talk:
    """One conversation: the belief over films, what was offered and what was shown."""

    catalogue: Catalogue
    shares: Floats
    offered: set[str] = field(default_factory=set)


def run(data: Path, seed: int, people: int = 100) -> dict[str, Any]:
    """Raises NotFoundError for a folder without MovieLens data."""
    started = time.perf_counter()
    catalogue = read_catalogue(data)
    wanted = np.random.default_rng(seed).choice(len(catalogue.prior), people, p=catalogue.prior).tolist()
    silent = summarise(play_all(catalogue, wanted, lambda talk: None, seed, critiques=False))
    forms = {name: _compare(catalogue, wanted, seed, choices) for name, choices in FORMS.items()}
    return {
        "benchmark": "simulated",
        "dataset": data.name,
        "protocol": PROTOCOL,
        "films": len(catalogue.prior),
        "values": {facet.text: len(facet.values) for facet in catalogue.facets},
        "people": people,
        "seed": seed,
        "no_question": silent,
        **forms,
        "seconds": round(time.perf_counter() - started, 1),
        **describe_machine(),
    }


def _compare(catalogue: Catalogue, wanted: Sequence[int], seed: int, choices: int) -> dict[str, Any]:
    """Both strategies on the same users, and expected information gain with critiques of the films shown."""
    ways: dict[str, tuple[Asker, bool]] = {
        "expected_information": (partial(ask_by_information, choices=choices), False),
        "popular_films": (partial(ask_about_popular_films, choices=choices), False),
        "popular_attributes": (partial(ask_by_popularity, choices=choices), False),
        "expected_information_and_critiques": (partial(ask_by_information, choices=choices), True),
    }
    turns = {name: play_all(catalogue, wanted, asker, seed, critiques=with_) for name, (asker, with_) in ways.items()}
    figures = {name: summarise(taken) for name, taken in turns.items()}
    best, critiqued = figures["expected_information"], figures["expected_information_and_critiques"]
    ahead = {
        f"found_more_often_than_by_{name}": round(best["found_within_15"] - figures[name]["found_within_15"], 3)
        for name in ("popular_films", "popular_attributes")
    }
    return {
        **figures,
        **ahead,
        "fewer_turns_with_critiques": round(1 - critiqued["mean_turns"] / best["mean_turns"], 3),
    }


def read_catalogue(data: Path) -> Catalogue:
    path = data / "sequences.txt"
    if not path.is_file():
        raise NotFoundError(f"There is no {path}: name a folder with MovieLens-1M.")
    seen = Counter(int(word) for line in path.read_text().splitlines() for word in line.split()[1:])
    movies, known = sorted(seen), read_facts(data)
    facts = [known.get(movie) or ItemFacts("film", f"Film {movie}") for movie in movies]
    counts = np.array([seen[movie] for movie in movies], dtype=np.float64)
    genres = [[genre.lower() for genre in fact.genres] for fact in facts]
    decades = [[f"the {fact.year // DECADE * DECADE}s"] if fact.year else [] for fact in facts]
    people = _keep_telling([{f"with {n}" for names in fact.people.values() for n in names} for fact in facts], 3)
    plots = _keep_telling([set(PLOT_WORD.findall(fact.synopsis.lower())) - STOP_WORDS for fact in facts], LEAST_FILMS)
    facets = (
        build_facet("What kind of thing?", genres),
        build_facet("From when?", decades),
        build_facet("By or with one of these?", people),
        build_facet("Does one of these fit?", plots),
    )
    years = np.array([fact.year or 0 for fact in facts], dtype=np.float64)
    likeness = _compare_films(facets)
    most_seen = np.argsort(-counts, kind="stable")[: MOST_TURNS * MOST_CHOICES]
    titles = tuple(f"like {facts[row].title} ({movies[row]})" for row in most_seen)
    alike = Facet("Is it like one of these?", titles, likeness[:, most_seen] >= ALIKE)
    return Catalogue(counts / counts.sum(), years, facets, likeness, alike)


def _compare_films(facets: Sequence[Facet]) -> NDArray[np.float32]:
    carried = np.column_stack([facet.carried for facet in facets]).astype(np.float32)
    weighed = carried * np.log(len(carried) / carried.sum(axis=0))
    weighed /= np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), 1e-6)
    return np.asarray(weighed @ weighed.T)


def _keep_telling(carried: Sequence[set[str]], least: int) -> list[list[str]]:
    times = Counter(value for own in carried for value in own)
    most = LARGEST_SHARE * len(carried)
    return [sorted(value for value in own if least <= times[value] <= most) for own in carried]


def ask_by_information(talk: Talk, choices: int) -> Question | None:
    """The chat's elicitation: expected information gain."""
    return find_best_question(talk.catalogue.facets, talk.shares, talk.offered, choices)


def ask_by_popularity(talk: Talk, choices: int) -> Question | None:
    """Baseline: the most frequent values, regardless of earlier answers."""
    prior = talk.catalogue.prior
    best: tuple[float, Question] | None = None
    for facet in talk.catalogue.facets:
        mass = prior @ facet.carried.astype(np.float32)
        columns = [int(c) for c in np.argsort(-mass, kind="stable") if facet.values[c] not in talk.offered]
        columns = columns[:choices]
        if columns and (best is None or mass[columns[0]] > best[0]):
            names = tuple(facet.values[c] for c in columns)
            best = (float(mass[columns[0]]), Question(facet.text, names, 0.0, facet, tuple(columns)))
    return best[1] if best else None


def ask_about_popular_films(talk: Talk, choices: int) -> Question | None:
    """Baseline of a popularity questionnaire: "is it like one of these?"."""
    facet = talk.catalogue.popular_films
    columns = tuple(c for c, title in enumerate(facet.values) if title not in talk.offered)[:choices]
    return Question(facet.text, tuple(facet.values[c] for c in columns), 0.0, facet, columns) if columns else None


def play_all(
    catalogue: Catalogue, wanted: Iterable[int], asker: Asker, seed: int, *, critiques: bool
) -> list[int | None]:
    """The turn in which each target was shown, None if it was not."""
    return [
        play(catalogue, film, asker, np.random.default_rng([seed, number]), critiques=critiques)
        for number, film in enumerate(wanted)
    ]


def play(
    catalogue: Catalogue, wanted: int, asker: Asker, random: np.random.Generator, *, critiques: bool
) -> int | None:
    talk = Talk(catalogue, catalogue.prior)
    for turn in range(1, MOST_TURNS + 1):
        shown = np.argsort(-talk.shares, kind="stable")[:LISTED]
        if wanted in shown:
            return turn
        talk.shares = bayes_update(talk.shares, np.where(np.isin(np.arange(len(talk.shares)), shown), 0.0, 1.0))
        for likelihood in criticise(catalogue, wanted, shown, random) if critiques else ():
            talk.shares = bayes_update(talk.shares, likelihood)
        question = asker(talk)
        if question is not None:
            talk.offered.update(question.choices)
            talk.shares = posterior(talk.shares, question, answer(question, wanted, random))
    return None


def answer(question: Question, wanted: int, random: np.random.Generator) -> int:
    """The index of a choice that fits the target, or the number of choices for none of them."""
    carried = question.facet.carried[wanted] if question.facet is not None else np.zeros(0, dtype=np.bool_)
    fitting = [number for number, column in enumerate(question.columns) if carried[column]]
    if not fitting or random.random() < FORGOTTEN:
        return len(question.columns)
    return int(random.choice(fitting))


def criticise(catalogue: Catalogue, wanted: int, shown: NDArray[np.int64], random: np.random.Generator) -> list[Floats]:
    """A critique such as "more like the second one, but older": the shown film most similar to the target, and a true
    difference. Returns the likelihood of the critique under each film."""
    alike = catalogue.likeness[:, shown]
    named = int(np.argmax(alike[wanted]))
    chances = np.exp(LIKENESS_SHARPNESS * alike)
    said = [np.asarray(chances[:, named] / chances.sum(axis=1), dtype=np.float64)]
    if differing := _list_differences(catalogue, wanted, int(shown[named])):
        said.append(np.where(differing[int(random.integers(len(differing)))], 1 - ERROR_RATE, ERROR_RATE))
    return said


def _list_differences(catalogue: Catalogue, wanted: int, shown: int) -> list[Flags]:
    """Differences such as "older", "newer" and "not a western", each with the films it is true of."""
    years, genres = catalogue.years, catalogue.facets[0].carried
    true: list[Flags] = []
    if years[wanted] and years[shown] and abs(years[wanted] - years[shown]) >= YEARS_APART:
        true.append(years < years[shown] if years[wanted] < years[shown] else years > years[shown])
    return true + [~genres[:, place] for place in np.flatnonzero(genres[shown] & ~genres[wanted])]


def summarise(taken: Sequence[int | None]) -> dict[str, float]:
    found = [turn is not None for turn in taken]
    share = float(np.mean(found))
    return {
        "found_within_15": round(share, 3),
        "standard_error": round(float(np.sqrt(share * (1 - share) / len(found))), 3),
        "mean_turns": round(float(np.mean([turn or MOST_TURNS for turn in taken])), 2),
    }
