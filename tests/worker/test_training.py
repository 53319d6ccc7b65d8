"""Learning as a job: one at a time, a sentence for every end, and measuring without training."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mediarec.library.errors import MediarecError
from recommender.models import TrainedRanker
from recommender.sequence import household
from recommender.sequence.household_data import TooLittleError
from tests.people import make_ana, make_library
from worker import queues
from worker.models import Job
from worker.tasks import training

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(queues, "_send", lambda task, *arguments: names.append(task))
    return names


def fail_with(error: Exception) -> Callable[..., household.TuningOutcome]:
    def fine_tune(**options: object) -> household.TuningOutcome:
        assert options["resume"] is True  # a run that was cut short goes on
        raise error

    return fine_tune


def test_it_is_asked_for_once_however_often_somebody_presses(sent: list[str]) -> None:
    assert queues.ask_for_training()
    assert not queues.ask_for_training()
    assert sent == ["worker.tasks.training.train_household"]
    assert Job.objects.get(kind="training").state == Job.State.RUNNING


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TooLittleError("There is too little."), Job.State.DONE),  # nothing is wrong
        (MediarecError("The disk is full."), Job.State.FAILED),
    ],
)
def test_every_end_is_a_sentence_on_the_job(
    error: MediarecError, state: Job.State, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(household, "fine_tune", fail_with(error))
    training.train_household()
    job = Job.objects.get(kind="training")
    assert (job.state, job.message) == (state, str(error))
    assert not sent


def test_a_second_run_leaves_the_row_to_the_first(sent: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    queues.ask_for_training()
    monkeypatch.setattr(household, "fine_tune", fail_with(household.AlreadyLearningError("It is going on.")))
    assert training.train_household() == "busy"
    assert Job.objects.get(kind="training").state == Job.State.RUNNING


def test_a_run_that_ends_says_what_was_decided_and_asks_for_vectors(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = household.TuningOutcome("household-1", True, 0.1, 0.2, "household-1 ranks from now on.")
    monkeypatch.setattr(household, "fine_tune", lambda **options: outcome)
    assert training.train_household() == "household-1"
    assert Job.objects.get(kind="training").message == outcome.sentence
    assert sent == ["worker.tasks.enrichment.run_enrichment"]


def test_what_is_measured_stands_in_a_row() -> None:
    make_library()
    ana = make_ana()
    assert training.measure_household() == 1
    measured = TrainedRanker.objects.get(state=TrainedRanker.State.SHIPPED).metrics["measured"]
    assert measured["people"].keys() == {str(ana.pk)}
    job = Job.objects.get(kind="measuring")
    assert (job.state, job.message) == (Job.State.DONE, "Measured for 1 person.")
