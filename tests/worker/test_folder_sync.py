"""Watched folders in the background: scheduled, requested, cancelled, interrupted, and by command."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mediarec.library import folder_sync
from mediarec.library.models import Library, MediaFile, Person
from tests.commands import run_json
from tests.media import make_audio
from worker import dispatch, jobs
from worker.models import Job
from worker.tasks import folder_sync as tasks
from worker.tasks import maintenance

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What was sent to the workers, in order."""
    names: list[tuple[object, ...]] = []
    monkeypatch.setattr(dispatch, "_send", lambda task, *arguments: names.append((task.rpartition(".")[2], *arguments)))
    return names


@pytest.fixture
def music(tmp_path: Path) -> Path:
    make_audio(tmp_path / "Music" / "Low Tide.flac", {"title": "Low Tide", "artist": "Harbour Lights"}, 0.2)
    return tmp_path / "Music"


@pytest.fixture
def library(music: Path) -> Library:
    Person.objects.create_user("kim", is_staff=True)
    return folder_sync.add_library(os.fsencode(music), folder_sync.LibrarySettings("Music", every_minutes=30))


def test_a_library_is_rescanned_when_due_and_not_again_before_the_next_time(
    library: Library, sent: list[tuple[object, ...]]
) -> None:
    assert tasks.rescan_due() == 1 and sent == [("rescan_library", library.pk, False)]
    assert tasks.rescan_library(library.pk) == "done"
    library.refresh_from_db()
    assert library.next_scan_at is not None and library.scanned_at is not None
    assert timedelta(minutes=29) < library.next_scan_at - timezone.now() <= timedelta(minutes=30)
    assert tasks.rescan_due() == 0
    Library.objects.update(next_scan_at=timezone.now())
    assert tasks.rescan_due() == 1


@pytest.mark.parametrize("wish", [{"is_enabled": False}, {"every_minutes": 0}])
def test_a_disabled_library_is_rescanned_only_on_request(
    wish: dict[str, object], library: Library, sent: list[tuple[object, ...]]
) -> None:
    Library.objects.update(**wish)
    assert tasks.rescan_due() == 0 and sent == []
    assert tasks.rescan_library(library.pk) == "done" and MediaFile.objects.count() == 1


def test_the_job_reports_what_was_found(library: Library, sent: list[tuple[object, ...]]) -> None:
    tasks.rescan_library(library.pk)
    job = Job.objects.get()
    assert (job.state, job.message) == (Job.State.DONE, "1 new; 0 unchanged.")
    assert ("run_enrichment",) in sent
    tasks.rescan_library(library.pk)
    assert Job.objects.first().message == "Nothing has changed among 1 files."  # type: ignore[union-attr]


def test_the_job_fails_with_the_error_sentence(library: Library, music: Path) -> None:
    music.rename(music.with_name("unplugged"))
    assert tasks.rescan_library(library.pk) == "failed"
    assert "is its disk connected?" in Job.objects.get().message


def test_a_cancelled_rescan_stops_and_a_retry_resumes(
    library: Library, sent: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch.enqueue_rescan(library.pk)
    job = Job.objects.get()
    begin = jobs.start_job

    def cancel_at_once(*arguments: object) -> Job:
        started: Job = begin(*arguments)  # type: ignore[arg-type]
        jobs.cancel_job(started.pk)
        return started

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "start_job", cancel_at_once)
        assert tasks.rescan_library(library.pk) == "cancelled"
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED and not MediaFile.objects.exists()
    assert tasks.rescan_due() == 0  # it does not start by itself a minute later
    dispatch.retry_job(job.pk)
    assert tasks.rescan_library(library.pk) == "done" and MediaFile.objects.count() == 1


def test_two_requests_send_one_rescan(library: Library, sent: list[tuple[object, ...]]) -> None:
    dispatch.enqueue_rescan(library.pk)
    dispatch.enqueue_rescan(library.pk)
    assert len(sent) == 1 and Job.objects.count() == 1


def test_an_interrupted_rescan_is_restarted_once(library: Library, sent: list[tuple[object, ...]]) -> None:
    dispatch.enqueue_rescan(library.pk)
    sent.clear()
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    maintenance.sweep()
    maintenance.sweep()
    assert sent.count(("rescan_library", library.pk)) == 1


def test_a_removed_library_is_no_error(library: Library) -> None:
    folder_sync.remove_library(library.pk)
    assert tasks.rescan_library(library.pk) == "gone"


def rescan(*arguments: str) -> str:
    out = StringIO()
    call_command("rescan", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_rescans_one_library_or_all(library: Library, music: Path) -> None:
    reports = run_json("rescan", "music")["libraries"]
    assert [(report["library"], report["added"], report["unchanged"]) for report in reports] == [("Music", 1, 0)]
    assert rescan() == "Music: Nothing has changed among 1 files.\n"
    assert run_json("rescan", library.pk)["libraries"][0]["unchanged"] == 1


def test_the_command_reports_errors(library: Library, music: Path) -> None:
    with pytest.raises(CommandError, match="There is no library called “films”; there are: Music"):
        rescan("films")
    rescan()
    (music / "Low Tide.flac").unlink()
    with pytest.raises(CommandError, match="is empty, and 1 files were there before"):
        rescan("Music")
    assert run_json("rescan", "Music", "--really-gone")["libraries"][0]["removed"] == 1
    Library.objects.all().delete()
    with pytest.raises(CommandError, match="No folder is watched yet"):
        rescan()
