"""What a sentence, a rule and their undoing do to lists from MovieLens histories, by the pipeline of every page."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from benchmarks.record import describe_machine
from mediarec.library.catalog import normalise_title
from mediarec.library.models import Interaction, Item, Person, What
from recommender import pipeline, registry, spaces
from recommender.models import Modality
from recommender.sequence.dataset import read_facts, read_movielens
from recommender.sequence.serving import SHIPPED_WEIGHTS, SequenceRanker
from recommender.taste import stating, steering
from recommender.types import Filters, RecommendRequest

PROTOCOL = (
    "one person and one genre a trial: the last fifth of the history is held out, and every film of the genre is taken "
    "out of the rest, so the genre is a taste the machine has not seen; NDCG@10 counts held-out films of that genre"
)
LISTED = 10
LONGEST_HISTORY = 100
HELD_OUT_SHARE = 0.2
LEAST_HELD_OUT = 3
START = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Trial:
    person: Person
    genre: str
    wanted: frozenset[int]  # held-out films of the genre
    carriers: frozenset[int]  # all films of the genre


def run(data: Path, seed: int, cache: Path, trials: int = 60) -> dict[str, Any]:
    """Works in a database of its own, which is dropped afterwards. Raises NotFoundError for a missing folder."""
    started = time.perf_counter()
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        rows = [_measure(trial) for trial in _make_trials(data, cache, seed, trials)]
        return {
            "benchmark": "steering",
            "dataset": data.name,
            "protocol": PROTOCOL,
            "seed": seed,
            **_summarise(rows),
            "seconds": round(time.perf_counter() - started, 1),
            **describe_machine(),
        }
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _make_trials(data: Path, cache: Path, seed: int, count: int) -> Iterator[Trial]:
    ranker = SequenceRanker.load(SHIPPED_WEIGHTS)
    films = read_movielens(data, cache, ranker.modality_dims)
    ids, genres = _store_films(data, films.sequences)
    encoder = registry.name_encoder(Modality.TEXT)
    if encoder is None:
        return
    _store_vectors(
        spaces.SpaceKey(Modality.TEXT, encoder.name, encoder.version, encoder.dims), ids, films.vectors["text"]
    )
    taste = ranker.embed_items(films.vectors, films.present)
    _store_vectors(spaces.SpaceKey(Modality.TASTE, ranker.name, ranker.version, ranker.dims), ids, taste)
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
    """Items in the order of the vectors' rows, popularity from how many people saw them, and each one's genres."""
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


def _store_vectors(key: spaces.SpaceKey, ids: list[int], vectors: NDArray[np.float32]) -> None:
    space = spaces.open_space(key)
    spaces.store_vectors(space, ids, [str(pk) for pk in ids], vectors)


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
    person = Person.objects.create_user(f"trial{number}", password=None)
    Interaction.objects.bulk_create(
        Interaction(person=person, item_id=pk, what=What.FINISHED, occurred_at=START + timedelta(days=day))
        for day, pk in enumerate(known)
    )
    wanted = frozenset(pk for pk in after if genre in genres[pk])
    return Trial(person, genre, wanted, frozenset(pk for pk, own in genres.items() if genre in own))


def _measure(trial: Trial) -> dict[str, float]:
    plain = _list(trial.person)
    row = stating.add_statement(trial.person.pk, f"{trial.genre} films")
    added = _list(trial.person)
    stating.delete_statement(trial.person.pk, row.pk)
    restored = _list(trial.person)
    against = stating.add_statement(trial.person.pk, f"{trial.genre} films", sign=-1)
    negated = _list(trial.person)
    stating.delete_statement(trial.person.pk, against.pk)
    rule = steering.add_rule(trial.person.pk, f"less {trial.genre}", "", Filters(less_words=(trial.genre,)))
    less = _list(trial.person)
    steering.undo_rule(trial.person.pk, rule.pk)
    return {
        "plain_ndcg": _ndcg(plain, trial.wanted),
        "added_ndcg": _ndcg(added, trial.wanted),
        "plain_share": _share(plain, trial.carriers),
        "negated_share": _share(negated, trial.carriers),
        "less_share": _share(less, trial.carriers),
        "restored": float(plain == restored == _list(trial.person)),
    }


def _list(person: Person) -> list[int]:
    request = RecommendRequest(person.pk, Filters(kinds=("film",)), novelty=0.0, limit=LISTED)
    return [line.item_id for line in pipeline.recommend(request).items]


def _share(listed: Sequence[int], carriers: frozenset[int]) -> float:
    return sum(pk in carriers for pk in listed) / max(1, len(listed))


def _ndcg(listed: Sequence[int], wanted: frozenset[int]) -> float:
    gains = sum(1 / np.log2(place + 2) for place, pk in enumerate(listed) if pk in wanted)
    return float(gains / sum(1 / np.log2(place + 2) for place in range(min(LISTED, len(wanted)))))


def _summarise(rows: Sequence[dict[str, float]]) -> dict[str, Any]:
    mean = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    had_some = [row for row in rows if row["plain_share"] > 0]
    lowered = [row["less_share"] < row["plain_share"] for row in had_some]
    return {
        "trials": len(rows),
        "added_sentence": {
            "ndcg_at_10_before": round(mean["plain_ndcg"], 4),
            "ndcg_at_10_after": round(mean["added_ndcg"], 4),
            "gain": round(mean["added_ndcg"] / mean["plain_ndcg"] - 1, 3) if mean["plain_ndcg"] else None,
        },
        "negated_sentence": {
            "share_before": round(mean["plain_share"], 4),
            "share_after": round(mean["negated_share"], 4),
        },
        "less_of_it": {
            "trials_with_some": len(had_some),
            "share_after": round(mean["less_share"], 4),
            "lowered_in": round(float(np.mean(lowered)), 3) if lowered else None,
        },
        "restored_exactly_in": round(mean["restored"], 3),
    }
