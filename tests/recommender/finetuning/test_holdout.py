"""Hold-out evaluation: known answers on a board whose two groups never mix."""

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
    """Predicts items similar to the last one, by text only; `sign` -1 predicts the opposite."""

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
    figures: dict[str, object] = holdout.evaluate_rankers([(ranker, {}) for ranker in rankers])["people"].get(
        str(person.pk), {}
    )
    return figures


def test_good_weights_score_higher_than_inverted_ones(board: dict[str, list[Item]]) -> None:
    person = watch_black(board, 9)
    figures = measure(person, LastSeen("right"), LastSeen("wrong", -1.0))
    weights = figures["weights"]
    assert isinstance(weights, dict)
    assert weights["right"]["hr@10"] > weights["wrong"]["hr@10"] == 0
    assert weights["right"]["mrr"] > weights["wrong"]["mrr"]
    assert figures["events"] == 8  # the first has nothing before it
    assert figures["among"] == 36  # 40 films, less 1 to 8 that were met before: 35.5 on average


def test_lists_are_measured_by_the_whole_pipeline(
    board: dict[str, list[Item]], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = watch_black(board, 9)
    figures = measure(person, LastSeen("wrong", -1.0))
    lists = figures["lists"]
    assert isinstance(lists, dict)
    assert lists["hr@10"] > 0.5  # genres and likeness tell, whatever the weights say
    assert (lists["unseen_events"], figures["events"]) == (8, 8)
    monkeypatch.setattr(holdout, "MOST_SCORED", 10)
    assert "lists" not in measure(person, LastSeen())


def test_only_the_last_twenty_events_are_targets(board: dict[str, list[Item]]) -> None:
    person = make_person()
    for day, item in enumerate([*board["black"], *board["white"]][:30]):
        act(person, item, InteractionType.FINISHED, day=day)
    assert measure(person, LastSeen())["events"] == 20


def test_repeated_and_rejected_items_are_no_targets(board: dict[str, list[Item]]) -> None:
    person = watch_black(board, 5)
    act(person, board["black"][0], InteractionType.FINISHED, day=20)
    act(person, board["white"][0], InteractionType.DISLIKED, day=21)
    assert measure(person, LastSeen())["events"] == 4


def test_weights_read_the_event_types_they_were_trained_with(board: dict[str, list[Item]]) -> None:
    person = watch_black(board, 3)
    act(person, board["white"][0], InteractionType.DISLIKED, day=5)
    act(person, board["black"][3], InteractionType.FINISHED, day=6)
    plain, trained = LastSeen("plain"), LastSeen("trained", trained_events=["finished", "disliked"])
    measure(person, plain, trained)
    assert plain.asked[-1] == ["finished"] * 3
    assert trained.asked[-1] == ["finished"] * 3 + ["disliked"]


def test_two_targets_are_too_few_for_figures(board: dict[str, list[Item]]) -> None:
    assert measure(watch_black(board, 3), LastSeen()) == {}


def test_constant_scores_rank_the_target_last(board: dict[str, list[Item]]) -> None:
    figures = measure(watch_black(board, 8), LastSeen("silent", 0.0))["weights"]
    assert isinstance(figures, dict) and figures["silent"]["hr@10"] == 0


def test_events_seen_in_training_are_distinguished_from_unseen_ones(board: dict[str, list[Item]]) -> None:
    person = watch_black(board, 9)
    learned = {str(person.pk): (DAY + timedelta(days=6)).isoformat()}
    figures = holdout.evaluate_rankers([(LastSeen(), learned)])["people"][str(person.pk)]
    assert figures["weights"]["like"]["unseen_events"] == 2
    assert figures["popularity"]["unseen_events"] == 8


def test_a_person_never_sees_another_persons_figures(board: dict[str, list[Item]]) -> None:
    ana, bo = watch_black(board, 9, "ana"), watch_black(board, 6, "bo")
    measured = holdout.evaluate_rankers([(LastSeen(), {})])
    TrainedRanker.objects.create(version="like", folder="", state="shipped", metrics={"measured": measured})
    known_ana, known_bo = accuracy.load_report(ana.pk), accuracy.load_report(bo.pk)
    assert known_ana is not None and known_bo is not None
    assert (known_ana.events, known_bo.events) == (8, 5)
    assert accuracy.load_report(make_person("cy").pk) is None
