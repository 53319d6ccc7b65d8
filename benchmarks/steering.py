"""Effect of sentences, rules and critiques, and of undoing them, on lists of the whole pipeline (MovieLens)."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import describe_machine
from benchmarks.fixtures import live_alone, own_database, store_vectors
from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Item, Person
from recommender import pipeline
from recommender.backends import registry
from recommender.candidate_scoring.directions import find_direction
from recommender.explanation.critique_options import list_critiques, toggle_critique
from recommender.language.comparisons import AGE, LENGTH
from recommender.metrics import ndcg_of_several
from recommender.models import Modality
from recommender.sequence.serving import SHIPPED_WEIGHTS, SequenceRanker
from recommender.taste import statement_editing
from recommender.training.movielens import read_facts, read_movielens
from recommender.types import Filters, RecommendRequest
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

PROTOCOL = (
    "one MovieLens history and one of its genres a trial, as two people: the last fifth is held out; one of them never "
    "saw a film of the genre, adds the sentence, and NDCG@10 counts held-out films of it; the other keeps the whole "
    "history, says the sentence's negation, and presses one 'less' of a genre and one comparison at a listed film; "
    "a press counts as obeyed where the mean of what was pressed is lower in the next ten"
)
SAID_EVERY = 10
LISTED = 10
LONGEST_HISTORY = 100
HELD_OUT_SHARE = 0.2
LEAST_HELD_OUT = 3


@dataclass(frozen=True)
class Trial:
    """`newcomer` has not seen the genre, `fan` has; `wanted` are held-out films of it, `carriers` all films of it."""

    number: int
    newcomer: Sequence[int]
    fan: Sequence[int]
    genre: str
    wanted: frozenset[int]
    carriers: frozenset[int]
    pick: int  # index of the critique to apply


def run(data: Path, seed: int, cache: Path, trials: int = 100) -> dict[str, Any]:
    """Uses a temporary database. Raises NotFoundError for a missing folder."""
    started = time.perf_counter()
    with own_database():
        rows = []
        for trial in make_trials(data, cache, seed, trials):
            rows.append(_measure(trial))
            if len(rows) % SAID_EVERY == 0:
                sys.stderr.write(f"{len(rows)} of {trials} trials\n")
                sys.stderr.flush()
        return {
            "benchmark": "steering",
            "dataset": data.name,
            "protocol": PROTOCOL,
            "seed": seed,
            **_summarise(rows),
            "seconds": round(time.perf_counter() - started, 1),
            **describe_machine(),
        }


def make_trials(data: Path, cache: Path, seed: int, count: int) -> Iterator[Trial]:
    ranker = SequenceRanker.load(SHIPPED_WEIGHTS)
    films = read_movielens(data, cache, ranker.modality_dims)
    ids, genres = _store_films(data, films.sequences)
    if registry.create_encoder(Modality.TEXT) is None:
        return
    store_vectors(films, ranker, ids)
    random = np.random.default_rng(seed)
    made = 0
    for number in random.permutation(len(films.sequences)).tolist():
        trial = _make_trial(number, films.sequences[number], ids, genres, random)
        if trial is not None:
            made += 1
            yield trial
        if made == count:
            return


def _store_films(data: Path, sequences: Sequence[NDArray[np.int64]]) -> tuple[list[int], dict[int, frozenset[str]]]:
    """Items in the order of the vectors, with popularity by the number of viewers, and the genres of each."""
    facts = read_facts(data)
    counts = np.bincount(np.concatenate(sequences))
    movies = sorted(
        {int(word) for line in (data / "sequences.txt").read_text().splitlines() for word in line.split()[1:]}
    )
    items = []
    for row, movie in enumerate(movies):
        fact = facts.get(movie)
        title = fact.title if fact else f"Film {movie}"
        items.append(
            Item(
                kind="film",
                title=title,
                title_key=normalise_title(title),
                year=fact.year if fact else None,
                genres=[genre.lower() for genre in fact.genres] if fact else [],
                popularity=float(counts[row] / counts.max()),
            )
        )
    stored = Item.objects.bulk_create(items)
    return [item.pk for item in stored], {item.pk: frozenset(item.genres) for item in stored}


def _make_trial(
    number: int,
    sequence: NDArray[np.int64],
    ids: list[int],
    genres: dict[int, frozenset[str]],
    random: np.random.Generator,
) -> Trial | None:
    seen = [ids[row] for row in sequence.tolist()]
    cut = int(len(seen) * (1 - HELD_OUT_SHARE))
    before, after = seen[:cut], seen[cut:]
    shares = {genre: sum(genre in genres[pk] for pk in after) for genre in {g for pk in after for g in genres[pk]}}
    enough = sorted(genre for genre, times in shares.items() if times >= LEAST_HELD_OUT)
    if not enough:
        return None
    genre = str(random.choice(enough))
    known = [pk for pk in before if genre not in genres[pk]][-LONGEST_HISTORY:]
    if len(known) < LISTED:
        return None
    wanted = frozenset(pk for pk in after if genre in genres[pk])
    carriers = frozenset(pk for pk, own in genres.items() if genre in own)
    fan = before[-LONGEST_HISTORY:]
    return Trial(number, known, fan, genre, wanted, carriers, int(random.integers(0, 1000)))


def _measure(trial: Trial) -> dict[str, float]:
    """A figure missing from a row could not be measured: the fan's list held nothing of the genre."""
    with live_alone(f"newcomer{trial.number}", trial.newcomer) as person:
        added = _measure_adding(trial, person)
    with live_alone(f"fan{trial.number}", trial.fan) as person:
        return added | _measure_refusing(trial, person)


def _measure_adding(trial: Trial, person: Person) -> dict[str, float]:
    plain = _list(person)
    row = statement_editing.add_statement(person.pk, f"{trial.genre} films")
    added = _list(person)
    statement_editing.delete_statement(person.pk, row.pk)
    return {
        "plain_ndcg": ndcg_of_several(plain, trial.wanted, LISTED),
        "added_ndcg": ndcg_of_several(added, trial.wanted, LISTED),
        "added_share": _share(added, trial.carriers),
        "deleted": float(plain == _list(person)),
    }


def _measure_refusing(trial: Trial, person: Person) -> dict[str, float]:
    plain = _list(person)
    against = statement_editing.add_statement(person.pk, f"{trial.genre} films", sign=-1)
    negated = _list(person)
    statement_editing.delete_statement(person.pk, against.pk)
    found = {"plain_share": _share(plain, trial.carriers), "negated_share": _share(negated, trial.carriers)}
    for start in ("less:", "lean:"):
        found |= _press(trial, person, plain, start)
    return found | {"taken_back": float(plain == _list(person))}


def _press(trial: Trial, person: Person, listed: Sequence[int], start: str) -> dict[str, float]:
    """Applies one critique of a kind to a listed film, compares the next ten, and undoes it."""
    item = Item.objects.get(pk=listed[trial.pick % len(listed)])
    offered = [aspect for aspect in list_critiques(person.pk, item) if aspect.key.startswith(start)]
    if not offered:
        return {}
    aspect = offered[trial.pick % len(offered)]
    toggle_critique(person.pk, item, aspect.key)
    after = _list(person)
    toggle_critique(person.pk, item, aspect.key)
    before_mean, after_mean = (_mean_pressed(ids, aspect.filters) for ids in (listed, after))
    return {f"{start}before": before_mean, f"{start}obeyed": float(after_mean < before_mean)}


def _mean_pressed(listed: Sequence[int], filters: Filters) -> float:
    """The mean of the criticised quantity: share with a label, year, minutes, or position on an axis."""
    items = [Item.objects.get(pk=pk) for pk in listed]
    if filters.less_words:
        return float(np.mean([filters.less_words[0] in item.genres for item in items]))
    (lean,) = filters.leans
    for pair, column in ((AGE, "year"), (LENGTH, "runtime_seconds")):
        if lean in pair:
            known = [value for item in items if (value := getattr(item, column)) is not None]
            return float(np.mean(known)) * (1 if lean == pair[1] else -1)
    direction = find_direction(lean)
    vectors = load_cached_vectors(serving_space(Modality.TEXT), listed)
    return 0.0 if direction is None else -float(np.mean([vector @ direction for vector in vectors.values()]))


def _list(person: Person) -> list[int]:
    request = RecommendRequest(person.pk, Filters(kinds=("film",)), novelty=0.0, limit=LISTED)
    return [line.item_id for line in pipeline.recommend(request).items]


def _share(listed: Sequence[int], carriers: frozenset[int]) -> float:
    return sum(pk in carriers for pk in listed) / max(1, len(listed))


def _summarise(rows: Sequence[dict[str, float]]) -> dict[str, Any]:
    mean = {name: float(np.mean([row[name] for row in rows if name in row])) for row in rows for name in row}
    had_some = [row for row in rows if row["plain_share"] > 0]
    before, after = (float(np.mean([row[name] for row in had_some])) for name in ("plain_share", "negated_share"))
    return {
        "trials": len(rows),
        "added_sentence": {
            "ndcg_at_10_before": round(mean["plain_ndcg"], 4),
            "ndcg_at_10_after": round(mean["added_ndcg"], 4),
            "gain": round(mean["added_ndcg"] / mean["plain_ndcg"] - 1, 3) if mean["plain_ndcg"] else None,
            "share_of_the_genre_after": round(mean["added_share"], 3),
            "deleting_restores_exactly_in": round(mean["deleted"], 3),
        },
        "negated_sentence": {
            "trials_with_some": len(had_some),
            "share_before": round(before, 4),
            "share_after": round(after, 4),
            "ratio": round(after / before, 3) if before else None,
        },
        "less_of_a_genre": _summarise_presses(rows, "less:"),
        "a_comparison": _summarise_presses(rows, "lean:"),
        "taking_back_restores_exactly_in": round(mean["taken_back"], 3),
    }


def _summarise_presses(rows: Sequence[dict[str, float]], start: str) -> dict[str, Any]:
    """Only for lists that held the label before can there be less of it."""
    pressed = [row for row in rows if f"{start}before" in row and (start == "lean:" or row[f"{start}before"] > 0)]
    obeyed = float(np.mean([row[f"{start}obeyed"] for row in pressed])) if pressed else None
    return {"presses": len(pressed), "obeyed_in": None if obeyed is None else round(obeyed, 3)}
