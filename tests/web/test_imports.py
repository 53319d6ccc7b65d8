"""Bringing in, as a person does it: drop a file, look, add, take back. The worker runs inside the test."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mediarec.celery import app
from mediarec.library.models import BatchState, ImportBatch, ImportRow, Interaction, Item, Person
from tests.web.conftest import sign_in
from worker import dispatch

Callbacks = Callable[..., AbstractContextManager[list[Any]]]
TABLE = """kind,title,year,what,rating,when
film,Stalker,1979,rated,4.5,2024-03-02
album,Blue Train,1958,liked,,2024-03-05
dance,Swan Lake,1877,liked,,2024-03-06
"""


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The worker's tasks run at once; describing and embedding are not what is tested here."""
    monkeypatch.setattr(dispatch, "enqueue_enrichment", lambda: None)
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    yield


def upload(client: Client, *files: tuple[str, str]) -> Any:
    given = [SimpleUploadedFile(name, text.encode()) for name, text in files]
    return client.post(reverse("import-upload"), {"files": given})


@pytest.fixture
def batch(eager: None, ana_client: Client, django_capture_on_commit_callbacks: Callbacks) -> ImportBatch:
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(ana_client, ("seen.csv", TABLE))
    batch = ImportBatch.objects.get()
    assert answer["Location"] == reverse("import-detail", args=[batch.pk])
    return batch


def test_it_shows_what_was_understood_before_anything_is_added(batch: ImportBatch, ana_client: Client) -> None:
    assert batch.state == BatchState.PREVIEW
    assert not Item.objects.filter(title="Stalker").exists()
    page = ana_client.get(reverse("import-detail", args=[batch.pk])).content.decode()
    assert "Add to the library" in page and "Discard" in page
    assert "Stalker (1979)" in page and "Swan Lake" in page
    assert "<dt>row not readable</dt>" in page
    rejected = ana_client.get(reverse("import-detail", args=[batch.pk]), {"outcome": "rejected"}).content.decode()
    assert "Swan Lake" in rejected and "Stalker" not in rejected


def test_a_file_of_which_nothing_was_understood_cannot_be_added(
    eager: None, ana_client: Client, django_capture_on_commit_callbacks: Callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(ana_client, ("seen.csv", "what,when\nrated,2024-03-02\n"))
    page = ana_client.get(answer["Location"]).content.decode()
    assert "Nothing to add" in page and "the columns kind and title are missing" in page
    assert "Add to the library" not in page and "Discard" in page


def test_it_adds_a_batch_and_takes_it_back(
    batch: ImportBatch, ana: Person, ana_client: Client, django_capture_on_commit_callbacks: Callbacks
) -> None:
    before = Interaction.objects.filter(person=ana).count()
    with django_capture_on_commit_callbacks(execute=True):
        ana_client.post(reverse("import-commit", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.state == BatchState.COMMITTED
    assert Item.objects.filter(title__in=["Stalker", "Blue Train"]).count() == 2
    assert Interaction.objects.filter(person=ana).count() > before
    with django_capture_on_commit_callbacks(execute=True):
        ana_client.post(reverse("import-undo", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.state == BatchState.UNDONE
    assert (
        "your library is as it was before" in ana_client.get(reverse("import-detail", args=[batch.pk])).content.decode()
    )
    assert not Item.objects.filter(title__in=["Stalker", "Blue Train"]).exists()
    assert Interaction.objects.filter(person=ana).count() == before


def test_it_adds_nothing_twice(batch: ImportBatch, ana_client: Client) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(state=BatchState.COMMITTED)
    answer = ana_client.post(reverse("import-commit", args=[batch.pk]))
    assert answer.status_code == 400
    assert "cannot be added now" in answer.content.decode()


def test_it_lists_every_row_in_the_report_and_defuses_formulas(batch: ImportBatch, ana_client: Client) -> None:
    ImportRow.objects.filter(batch=batch, number=1).update(reason="=HYPERLINK(1)")
    answer = ana_client.get(reverse("import-report", args=[batch.pk]))
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "row,place,title,outcome,confidence,item,item_number,reason"
    assert len(lines) == 1 + ImportRow.objects.filter(batch=batch).count()
    assert "'=HYPERLINK(1)" in lines[1]


def test_it_loads_the_page_anew_when_the_work_stands_still(batch: ImportBatch, ana_client: Client) -> None:
    progress = reverse("import-progress", args=[batch.pk])
    assert ana_client.get(progress, {"was": "reading"})["HX-Refresh"] == "true"
    ImportBatch.objects.filter(pk=batch.pk).update(state=BatchState.READING, total=10, done=3)
    still = ana_client.get(progress, {"was": "reading"})
    assert "HX-Refresh" not in still
    assert 'value="3" max="10"' in still.content.decode()


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", " =1+1", "＝1+1", "|calc"])
def test_no_cell_of_the_report_is_run_by_a_spreadsheet(start: str, batch: ImportBatch, ana_client: Client) -> None:
    ImportRow.objects.filter(batch=batch).update(place=start, reason=start)
    answer = ana_client.get(reverse("import-report", args=[batch.pk]))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["place"] for row in rows} == {row["reason"] for row in rows} == {f"'{start}"}


def test_it_is_stopped_before_anything_is_added(batch: ImportBatch, ana_client: Client) -> None:
    ana_client.post(reverse("import-cancel", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.state == BatchState.CANCELLED
    assert not Item.objects.filter(title="Stalker").exists()
    assert ana_client.post(reverse("import-commit", args=[batch.pk])).status_code == 400
    assert "cannot be stopped" in ana_client.post(reverse("import-cancel", args=[batch.pk])).content.decode()


def test_stopping_while_it_is_added_takes_it_back(
    batch: ImportBatch, ana_client: Client, django_capture_on_commit_callbacks: Callbacks
) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(state=BatchState.COMMITTING)
    with django_capture_on_commit_callbacks(execute=True):
        ana_client.post(reverse("import-cancel", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.state == BatchState.UNDONE


def test_it_says_what_is_understood_when_a_file_is_not(eager: None, ana_client: Client) -> None:
    answer = upload(ana_client, ("holiday.docx", "words"))
    assert answer.status_code == 400
    assert "holiday.docx" in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_it_takes_the_good_files_and_names_the_bad_one(eager: None, ana_client: Client) -> None:
    answer = upload(ana_client, ("seen.csv", TABLE), ("holiday.docx", "words"))
    assert answer["Location"] == reverse("imports")
    assert ImportBatch.objects.count() == 1
    assert "holiday.docx" in ana_client.get(reverse("imports")).content.decode()


def test_it_asks_for_a_file_when_none_was_chosen(ana_client: Client) -> None:
    answer = ana_client.post(reverse("import-upload"), follow=True)
    assert "Choose a file first" in answer.content.decode()


def test_it_lets_only_the_keeper_name_a_folder(ana: Person, ana_client: Client) -> None:
    assert "A folder on this machine" not in ana_client.get(reverse("imports")).content.decode()
    answer = ana_client.post(reverse("import-folder"), {"path": "/etc"})
    assert answer.status_code == 400
    assert "Only an administrator" in answer.content.decode()
    ana.is_staff = True
    ana.save()
    answer = ana_client.post(reverse("import-folder"), {"path": "/nowhere/at/all"})
    assert answer.status_code in {400, 404}
    page = answer.content.decode()
    assert 'value="/nowhere/at/all"' in page and "/nowhere/at/all does not exist" in page, (
        "to be mended where it stands"
    )


@pytest.mark.parametrize(
    "name",
    [
        "import-detail",
        "import-progress",
        "import-report",
        "import-review",
        "import-commit",
        "import-undo",
        "import-cancel",
    ],
)
def test_it_hides_a_batch_from_everybody_else(name: str, batch: ImportBatch, bo: Person) -> None:
    client = sign_in(bo)
    method = client.post if name in {"import-commit", "import-undo", "import-cancel"} else client.get
    assert method(reverse(name, args=[batch.pk])).status_code == 404
    batch.refresh_from_db()
    assert batch.state == BatchState.PREVIEW


def test_it_says_what_to_do_when_nothing_was_brought_in(ana_client: Client) -> None:
    page = ana_client.get(reverse("imports")).content.decode()
    assert "No imports yet" in page and "Choose files" in page
