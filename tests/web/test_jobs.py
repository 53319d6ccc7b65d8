"""Background work on the page: one's own for everybody, all of it for the keeper."""

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Person
from tests.web.conftest import sign_in
from worker import dispatch
from worker.models import Job


@pytest.fixture
def job(bo: Person) -> Job:
    payload = {"batch": 7, "step": "read"}
    return Job.objects.create(
        kind="import", label="Read music.zip", person=bo, payload=payload, state="running", done=3, total=12
    )


@pytest.fixture
def keeper(ana: Person) -> Client:
    ana.is_staff = True
    ana.save()
    return sign_in(ana)


def test_it_says_that_nothing_is_going_on(ana_client: Client) -> None:
    assert "No jobs yet" in ana_client.get(reverse("jobs")).content.decode()


def test_it_shows_ones_own_jobs_and_all_to_the_keeper(job: Job, cy: Person, keeper: Client) -> None:
    assert "Read music.zip" not in sign_in(cy).get(reverse("jobs")).content.decode()
    page = keeper.get(reverse("jobs")).content.decode()
    assert "Read music.zip" in page and "3 of 12 items" in page


def test_it_redraws_only_the_list(job: Job, keeper: Client) -> None:
    fragment = keeper.get(reverse("jobs"), headers={"HX-Request": "true"}).content.decode()
    assert "Read music.zip" in fragment and "<html" not in fragment


def test_it_cancels_and_tries_again(job: Job, keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(dispatch, "_send", lambda *task: sent.append(task))
    assert keeper.post(reverse("job-act", args=[job.pk]), {"act": "retry"}).status_code == 400
    keeper.post(reverse("job-act", args=[job.pk]), {"act": "cancel"})
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    keeper.post(reverse("job-act", args=[job.pk]), {"act": "retry"})
    assert sent == [("worker.tasks.imports.read_batch", 7)]


def test_only_the_keeper_acts(job: Job) -> None:
    assert sign_in(Person.objects.get(username="bo")).post(reverse("job-act", args=[job.pk])).status_code == 403
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING


def test_a_job_that_is_not_there_is_a_sentence(keeper: Client) -> None:
    answer = keeper.post(reverse("job-act", args=[999]), {"act": "cancel"})
    assert answer.status_code == 404 and "no such job" in answer.content.decode()
