"""Training as a job: one at a time, a sentence for every outcome, and measuring without training."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mediarec.library.errors import MediarecError
from recommender.finetuning import fine_tune
from recommender.finetuning.training_data import NotEnoughDataError
from recommender.models import TrainedRanker
from tests.people import make_ana, make_library
from worker import dispatch
from worker.models import Job
from worker.tasks import training

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(dispatch, "_send", lambda task, *arguments: names.append(task))
    return names


def fail_with(error: Exception) -> Callable[..., fine_tune.TuningOutcome]:
    def tune(**options: object) -> fine_tune.TuningOutcome:
        assert options["resume"] is True  # an interrupted run is resumed
        raise error

    return tune


def test_repeated_requests_enqueue_training_once(sent: list[str]) -> None:
    assert dispatch.request_training()
    assert not dispatch.request_training()
    assert sent == ["worker.tasks.training.train_household"]
    assert Job.objects.get(kind="training").state == Job.State.RUNNING


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (NotEnoughDataError("There is too little."), Job.State.DONE),  # not an error
        (MediarecError("The disk is full."), Job.State.FAILED),
    ],
)
def test_every_outcome_is_a_sentence_on_the_job(
    error: MediarecError, state: Job.State, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tune, "fine_tune", fail_with(error))
    training.train_household()
    job = Job.objects.get(kind="training")
    assert (job.state, job.message) == (state, str(error))
    assert not sent


def test_a_second_run_leaves_the_row_to_the_first(sent: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch.request_training()
    monkeypatch.setattr(fine_tune, "fine_tune", fail_with(fine_tune.TrainingInProgressError("It is going on.")))
    assert training.train_household() == "busy"
    assert Job.objects.get(kind="training").state == Job.State.RUNNING


def test_a_finished_run_reports_its_decision_and_enqueues_enrichment(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = fine_tune.TuningOutcome("household-1", True, 0.1, 0.2, "household-1 ranks from now on.")
    monkeypatch.setattr(fine_tune, "fine_tune", lambda **options: outcome)
    assert training.train_household() == "household-1"
    assert Job.objects.get(kind="training").message == outcome.sentence
    assert sent == ["worker.tasks.enrichment.run_enrichment"]


def test_measured_accuracy_is_stored() -> None:
    make_library()
    ana = make_ana()
    assert training.evaluate_household() == 1
    measured = TrainedRanker.objects.get(state=TrainedRanker.State.SHIPPED).metrics["measured"]
    assert measured["people"].keys() == {str(ana.pk)}
    job = Job.objects.get(kind="measuring")
    assert (job.state, job.message) == (Job.State.DONE, "Measured for 1 person.")
