"""The sweep: work of a killed worker is restarted or ended, and nothing is sent twice."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from mediarec.library.models import BatchState, ImportBatch, Item, Person
from recommender.impressions import record_page
from recommender.models import Impression, LoadFailure, SlateRecord
from recommender.types import Recommendation, RecommendRequest, Slate
from tests.people import make_ana, make_bo, make_cy, make_library
from worker import dispatch, jobs
from worker.models import Job
from worker.tasks import maintenance

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the work that was sent, in order."""
    names: list[str] = []
    monkeypatch.setattr(dispatch, "enqueue_enrichment", lambda: names.append("enrichment"))
    monkeypatch.setattr(dispatch, "enqueue_unloaded", lambda: names.append("unloaded"))
    for kind, (seconds, _) in maintenance.STALE_AFTER.items():
        monkeypatch.setitem(maintenance.STALE_AFTER, kind, (seconds, partial(names.append, kind)))
    return names


@pytest.fixture
def _lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_is_enrichment_wanted", lambda: True)


def fail_to_load(minutes_ago: float) -> None:
    when = timezone.now() - timedelta(minutes=minutes_ago)
    LoadFailure.objects.create(part="The eyes", reason="libGL.so.1 is missing.", tried_at=when)


def test_what_could_not_be_loaded_is_tried_again_once_an_hour(sent: list[str]) -> None:
    fail_to_load(61)
    assert (maintenance.sweep(), maintenance.sweep()) == (1, 0)
    assert sent == ["unloaded"]


def test_a_start_tries_at_once_what_could_not_be_loaded(sent: list[str]) -> None:
    fail_to_load(1)
    assert maintenance.sweep() == 0
    LoadFailure.make_due()
    assert maintenance.sweep() == 1
    assert sent == ["unloaded"]


def make_job(kind: str, minutes_silent: float, **values: Any) -> Job:
    job = jobs.start_job(kind, kind, payload=values.pop("payload", {}))
    when = timezone.now() - timedelta(minutes=minutes_silent)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=when, **values)
    job.refresh_from_db()
    return job


@pytest.mark.usefixtures("_lacking")
def test_the_sweep_starts_enrichment_when_something_is_pending(sent: list[str]) -> None:
    assert maintenance.sweep() == 1
    assert sent == ["enrichment"]


@pytest.mark.usefixtures("_lacking")
def test_the_sweep_starts_no_enrichment_while_paused(sent: list[str]) -> None:
    jobs.set_switch("enrichment_paused", True)
    assert maintenance.sweep() == 0
    assert sent == []


@pytest.mark.usefixtures("_lacking")
@pytest.mark.parametrize(
    ("kind", "values", "is_sent"),
    [
        ("enrichment", {"minutes_silent": 0.1}, False),
        ("enrichment", {"minutes_silent": 2}, True),
        ("training", {"minutes_silent": 2}, False),
        ("enrichment", {"minutes_silent": 2, "state": Job.State.FAILED, "finished_at": timezone.now}, False),
    ],
)
def test_enrichment_is_restarted_only_when_no_worker_is_busy(
    sent: list[str], kind: str, values: dict[str, Any], is_sent: bool
) -> None:
    make_job(kind, **{name: value() if callable(value) else value for name, value in values.items()})
    maintenance.sweep()
    assert sent == (["enrichment"] if is_sent else [])


@pytest.mark.parametrize(("kind", "minutes"), [("training", 45), ("demo", 10)])
def test_lost_work_is_restarted_once(sent: list[str], kind: str, minutes: float) -> None:
    make_job(kind, minutes)
    maintenance.sweep()
    maintenance.sweep()
    assert sent == [kind]


def test_training_without_a_report_for_one_epoch_is_not_lost(sent: list[str]) -> None:
    make_job("training", 10)
    maintenance.sweep()
    assert sent == []


def test_a_job_whose_work_was_complete_when_its_worker_was_killed_ends(sent: list[str]) -> None:
    batch = ImportBatch.objects.create(person=make_cy(), source="generic", label="x", state=BatchState.COMMITTED)
    read = make_job("import", 5, payload={"batch": batch.pk, "step": "commit"})
    described = make_job("enrichment", 5)
    maintenance.sweep()
    assert {job.state for job in Job.objects.filter(pk__in=[read.pk, described.pk])} == {Job.State.DONE}
    assert sent == []


def test_a_job_whose_batch_is_active_keeps_running(sent: list[str]) -> None:
    batch = ImportBatch.objects.create(
        person=make_cy(), source="generic", label="x", state=BatchState.COMMITTING, heartbeat_at=timezone.now()
    )
    job = make_job("import", 5, payload={"batch": batch.pk, "step": "commit"})
    maintenance.sweep()
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING


def test_old_jobs_are_deleted_and_active_ones_never() -> None:
    long_ago = timezone.now() - timedelta(days=200)
    make_job("import", 1, payload={"batch": 1}, state=Job.State.DONE, finished_at=long_ago)
    kept = [
        make_job("import", 1, payload={"batch": 2}, state=Job.State.DONE, finished_at=timezone.now()),
        make_job("import", 300 * 24 * 60, payload={"batch": 3}),
    ]
    maintenance.prune()
    assert set(Job.objects.values_list("pk", flat=True)) == {job.pk for job in kept}


def test_old_impressions_are_deleted(ana: Person, library: dict[str, Item]) -> None:
    slates = [
        Slate(uuid4(), RecommendRequest(ana.pk), "x", (Recommendation(item.pk, "film", "", None, 1.0, (), (), ""),))
        for item in list(library.values())[:2]
    ]
    record_page(slates)
    SlateRecord.objects.filter(pk=slates[0].id).update(created_at=timezone.now() - timedelta(days=400))
    maintenance.prune()
    assert list(SlateRecord.objects.values_list("pk", flat=True)) == [slates[1].id]
    assert list(Impression.objects.values_list("slate", flat=True)) == [slates[1].id]


def test_statements_are_refreshed_for_everyone_with_a_history(monkeypatch: pytest.MonkeyPatch) -> None:
    from recommender.taste import statements

    make_library()
    ana, bo, cy = make_ana(), make_bo(), make_cy()
    read: list[int] = []
    monkeypatch.setattr(statements, "refresh_statements", read.append)
    assert maintenance.refresh_taste() == 2
    assert set(read) == {ana.pk, bo.pk}
    assert cy.pk not in read
