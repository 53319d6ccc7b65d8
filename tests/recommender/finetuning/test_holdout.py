"""What weights would have foreseen: known answers on a board whose two groups never mix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from mediarec.library.models import InteractionType, Item, Kind, Person
from recommender.finetuning import accuracy, holdout
from recommender.models import TrainedRanker
from recommender.sequence.serving import SequenceRanker
from tests.recommender.checkerboard import DAY, DIMS, act, make_board, make_person

pytestmark = pytest.mark.django_db


class LastSeen(SequenceRanker):
    """Goes on with whatever is like the last thing, by text alone; `sign` -1 goes the other way."""

    def __init__(self, version: str = "like", sign: float = 1.0, **facts: object) -> None:
        config = {"dims": DIMS, "modality_dims": {"text": DIMS}}
        base = {"name": "fake", "version": version, "config": config, "trained_modalities": ["text"]}
        super().__init__({**base, "served_length": 20, **facts}, None, None)
        self.sign, self.asked = sign, list[list[str]]()

    def embed_items(self, vectors: object, present: object) -> NDArray[np.float32]:
        return np.asarray(vectors["text"], dtype=np.float32)  # type: ignore[index]

    def embed_person(
        self, item_vectors: NDArray[np.float32], whats: Sequence[str], ages_seconds: Sequence[float]
    ) -> NDArray[np.float32]:
        assert all(age > 0 for age in ages_seconds)  # nothing that is asked for, or comes later, is read
        self.asked.append(list(whats))
        return np.asarray(self.sign * item_vectors[-1], dtype=np.float32)


@pytest.fixture
def board() -> dict[str, list[Item]]:
    return make_board(kinds=(Kind.FILM, Kind.TRACK), each=40)


def watch_black(board: dict[str, list[Item]], count: int, name: str = "pat") -> Person:
    person = make_person(name)
    for day, item in enumerate(board["black"][:count]):
        act(person, item, InteractionType.FINISHED, day=day)
    return person


def measure(person: Person, *rankers: SequenceRanker) -> dict[str, object]:
    found: dict[str, object] = holdout.measure([(ranker, {}) for ranker in rankers])["people"].get(str(person.pk), {})
    return found


def test_weights_that_know_the_taste_stand_above_those_that_turn_it_round(board: dict[str, list[Item]]) -> None:
    person = watch_black(board, 9)
    found = measure(person, LastSeen("right"), LastSeen("wrong", -1.0))
    weights = found["weights"]
    assert isinstance(weights, dict)
    assert weights["right"]["hr@10"] > weights["wrong"]["hr@10"] == 0
    assert weights["right"]["mrr"] > weights["wrong"]["mrr"]
    assert found["events"] == 8  # the first has nothing before it
    assert found["among"] == 36  # 40 films, less 1 to 8 that were met before: 35.5 on average


def test_lists_are_measured_as_they_are_ordered(board: dict[str, list[Item]], monkeypatch: pytest.MonkeyPatch) -> None:
    person = watch_black(board, 9)
    found = measure(person, LastSeen("wrong", -1.0))
    lists = found["lists"]
    assert isinstance(lists, dict)
    assert lists["hr@10"] > 0.5  # genres and likeness tell, whatever the weights say
    assert (lists["unseen_events"], found["events"]) == (8, 8)
    monkeypatch.setattr(holdout, "MOST_SCORED", 10)
    assert "lists" not in measure(person, LastSeen())


def test_only_the_last_twenty_are_asked_for(board: dict[str, list[Item]]) -> None:
    person = make_person()
    for day, item in enumerate([*board["black"], *board["white"]][:30]):
        act(person, item, InteractionType.FINISHED, day=day)
    assert measure(person, LastSeen())["events"] == 20


def test_what_is_met_again_or_turned_away_from_is_not_asked_for(board: dict[str, list[Item]]) -> None:
    person = watch_black(board, 5)
    act(person, board["black"][0], InteractionType.FINISHED, day=20)
    act(person, board["white"][0], InteractionType.DISLIKED, day=21)
    assert measure(person, LastSeen())["events"] == 4


def test_weights_read_the_kinds_of_events_they_were_trained_with(board: dict[str, list[Item]]) -> None:
    person = watch_black(board, 3)
    act(person, board["white"][0], InteractionType.DISLIKED, day=5)
    act(person, board["black"][3], InteractionType.FINISHED, day=6)
    plain, trained = LastSeen("plain"), LastSeen("trained", trained_events=["finished", "disliked"])
    measure(person, plain, trained)
    assert plain.asked[-1] == ["finished"] * 3
    assert trained.asked[-1] == ["finished"] * 3 + ["disliked"]


def test_two_things_are_too_few_to_say_anything(board: dict[str, list[Item]]) -> None:
    assert measure(watch_black(board, 3), LastSeen()) == {}


def test_weights_that_say_nothing_rank_nothing(board: dict[str, list[Item]]) -> None:
    found = measure(watch_black(board, 8), LastSeen("silent", 0.0))["weights"]
    assert isinstance(found, dict) and found["silent"]["hr@10"] == 0


def test_things_learned_from_are_told_from_those_that_are_new(board: dict[str, list[Item]]) -> None:
    person = watch_black(board, 9)
    learned = {str(person.pk): (DAY + timedelta(days=6)).isoformat()}
    found = holdout.measure([(LastSeen(), learned)])["people"][str(person.pk)]
    assert found["weights"]["like"]["unseen_events"] == 2
    assert found["popularity"]["unseen_events"] == 8


def test_nobody_gets_the_figures_of_another(board: dict[str, list[Item]]) -> None:
    ana, bo = watch_black(board, 9, "ana"), watch_black(board, 6, "bo")
    measured = holdout.measure([(LastSeen(), {})])
    TrainedRanker.objects.create(version="like", folder="", state="shipped", metrics={"measured": measured})
    known_ana, known_bo = accuracy.load_report(ana.pk), accuracy.load_report(bo.pk)
    assert known_ana is not None and known_bo is not None
    assert (known_ana.events, known_bo.events) == (8, 5)
    assert accuracy.load_report(make_person("cy").pk) is None
