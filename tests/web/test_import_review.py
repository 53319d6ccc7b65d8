"""Rows that need a look: side by side, a person's word, what is remembered by it, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mediarec.celery import app
from mediarec.library.models import ImportBatch, ImportRow, Interaction, Item, Outcome, Person, RememberedChoice
from tests.web.conftest import sign_in
from worker import dispatch

Callbacks = Callable[..., AbstractContextManager[list[Any]]]
TABLE = "kind,title,what,when\nfilm,Slow Film 1,finished,2020-01-01\n"


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(dispatch, "enqueue_enrichment", lambda: None)
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    yield


@pytest.fixture
def bring_in(eager: None, django_capture_on_commit_callbacks: Callbacks) -> Callable[..., ImportBatch]:
    def upload(client: Client, table: str = TABLE, *, add: bool = True) -> ImportBatch:
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("import-upload"), {"files": [SimpleUploadedFile("seen.csv", table.encode())]})
        batch = ImportBatch.objects.latest("pk")
        if add:
            with django_capture_on_commit_callbacks(execute=True):
                client.post(reverse("import-commit", args=[batch.pk]))
        batch.refresh_from_db()
        return batch

    return upload


def find_row(batch: ImportBatch) -> ImportRow:
    return ImportRow.objects.filter(batch=batch).order_by("number")[0]


def settle(client: Client, row: ImportRow, choice: object, **fields: str) -> ImportRow:
    client.post(reverse("import-resolve", args=[row.batch_id, row.pk]), {"choice": str(choice), **fields})
    row.refresh_from_db()
    return row


def test_it_shows_what_the_file_says_beside_what_the_library_has(
    bring_in: Callable[..., ImportBatch], ana_client: Client, library: dict[str, Item]
) -> None:
    batch = bring_in(ana_client)
    assert find_row(batch).outcome == Outcome.REVIEW
    assert (
        reverse("import-review", args=[batch.pk])
        in ana_client.get(reverse("import-detail", args=[batch.pk])).content.decode()
    )
    page = ana_client.get(reverse("import-review", args=[batch.pk])).content.decode()
    assert "In the file" in page and "a year is missing" in page
    assert f'aria-label="Choose {library["Slow Film 1"]}"' in page
    assert "Slow Film Maker B" in page
    assert "seen.csv, line 2" in page


def test_a_match_decision_settles_the_row_and_the_same_row_of_a_later_import(
    bring_in: Callable[..., ImportBatch], ana_client: Client, ana: Person, library: dict[str, Item]
) -> None:
    first = library["Slow Film 1"]
    row = settle(ana_client, find_row(bring_in(ana_client)), first.pk)
    assert (row.outcome, row.item_id) == (Outcome.MATCHED, first.pk)
    assert RememberedChoice.objects.get().person == ana
    again = bring_in(ana_client, TABLE.replace("2020", "2021"))
    later = find_row(again)
    assert (later.outcome, later.item_id, later.reason) == (
        Outcome.MATCHED, first.pk, "chosen by hand at an earlier import",
    )  # fmt: skip
    assert Interaction.objects.filter(batch=again, item=first).count() == 1


def test_rows_made_new_or_left_out_stay_so(
    bring_in: Callable[..., ImportBatch], ana_client: Client, library: dict[str, Item]
) -> None:
    table = TABLE + "film,Slow Film 2,finished,2020-01-01\n"
    batch = bring_in(ana_client, table)
    one, two = ImportRow.objects.filter(batch=batch).order_by("number")
    made = settle(ana_client, one, "new").item
    settle(ana_client, two, "skip")
    before = Item.objects.count()
    rows = ImportRow.objects.filter(batch=bring_in(ana_client, table.replace("2020", "2021"))).order_by("number")
    assert [(row.outcome, row.item) for row in rows] == [(Outcome.MATCHED, made), (Outcome.REJECTED, None)]
    assert rows[1].reason == "left out by hand at an earlier import"
    assert Item.objects.count() == before


def test_a_word_on_a_row_is_taken_back_with_all_that_came_of_it(
    bring_in: Callable[..., ImportBatch], ana_client: Client
) -> None:
    batch = bring_in(ana_client)
    row = find_row(batch)
    items, events, reason = Item.objects.count(), Interaction.objects.count(), row.reason
    settle(ana_client, row, "new")
    assert (Item.objects.count(), Interaction.objects.count()) == (items + 1, events + 1)
    ana_client.post(reverse("import-reopen", args=[batch.pk, row.pk]))
    row.refresh_from_db()
    assert (row.outcome, row.reason) == (Outcome.REVIEW, reason)
    assert (Item.objects.count(), Interaction.objects.count()) == (items, events)
    assert not RememberedChoice.objects.exists()


def test_a_word_before_adding_is_taken_back_too(
    bring_in: Callable[..., ImportBatch], ana_client: Client, library: dict[str, Item]
) -> None:
    batch = bring_in(ana_client, add=False)
    row = settle(ana_client, find_row(batch), library["Slow Film 1"].pk)
    ana_client.post(reverse("import-reopen", args=[batch.pk, row.pk]))
    row.refresh_from_db()
    assert row.outcome == Outcome.REVIEW
    assert not Interaction.objects.filter(batch=batch).exists()


def test_it_finds_another_item_by_title_and_maker_and_of_the_same_kind_only(
    bring_in: Callable[..., ImportBatch], ana_client: Client, library: dict[str, Item]
) -> None:
    row = find_row(bring_in(ana_client))
    address = reverse("import-row-search", args=[row.batch_id, row.pk])
    found = ana_client.get(address, {"q": "fast film 3"}).content.decode()
    assert str(library["Fast Film 3"].pk) in found and "Fast Film 3" in found
    assert "Fast Film 1<" in ana_client.get(address, {"q": "Fast Film Maker B"}).content.decode()
    assert "No title of this kind" in ana_client.get(address, {"q": "Loud Song 1"}).content.decode()
    chosen = settle(ana_client, row, library["Fast Film 3"].pk)
    assert chosen.item == library["Fast Film 3"]


def test_a_match_decision_of_the_owner_can_apply_to_everybody(
    bring_in: Callable[..., ImportBatch], ana: Person, ana_client: Client, bo: Person, library: dict[str, Item]
) -> None:
    ana.is_staff = True
    ana.save()
    settle(ana_client, find_row(bring_in(ana_client)), library["Slow Film 1"].pk, for_everyone="1")
    assert RememberedChoice.objects.get().person is None
    assert find_row(bring_in(sign_in(bo))).outcome == Outcome.MATCHED


def test_a_match_decision_of_one_person_does_not_apply_to_others(
    bring_in: Callable[..., ImportBatch], ana_client: Client, bo: Person, library: dict[str, Item]
) -> None:
    settle(ana_client, find_row(bring_in(ana_client)), library["Slow Film 1"].pk, for_everyone="1")
    assert RememberedChoice.objects.get().person is not None
    assert find_row(bring_in(sign_in(bo))).outcome == Outcome.REVIEW
    choice = RememberedChoice.objects.get()
    assert sign_in(bo).post(reverse("import-choice-forget", args=[choice.pk])).status_code == 404


def test_a_deleted_decision_asks_again(
    bring_in: Callable[..., ImportBatch], ana_client: Client, library: dict[str, Item]
) -> None:
    settle(ana_client, find_row(bring_in(ana_client)), library["Slow Film 1"].pk)
    assert "Slow Film 1" in ana_client.get(reverse("import-choices")).content.decode()
    ana_client.post(reverse("import-choice-forget", args=[RememberedChoice.objects.get().pk]))
    assert "No decisions yet" in ana_client.get(reverse("import-choices")).content.decode()
    assert find_row(bring_in(ana_client)).outcome == Outcome.REVIEW


def test_words_of_a_file_are_shown_as_words(bring_in: Callable[..., ImportBatch], ana_client: Client) -> None:
    title = "<script>alert(1)</script>"
    Item.objects.create(kind="film", title=title, title_key="script alert 1 script", year=1999)
    batch = bring_in(ana_client, f"kind,title,what\nfilm,{title},finished\n")
    page = ana_client.get(reverse("import-review", args=[batch.pk])).content.decode()
    assert "&lt;script&gt;alert(1)" in page and title not in page


def test_a_program_can_review_too(
    bring_in: Callable[..., ImportBatch], ana_client: Client, library: dict[str, Item]
) -> None:
    batch = bring_in(ana_client)
    (waiting,) = ana_client.get(f"/api/imports/{batch.pk}/review").json()
    assert waiting["candidates"][0]["item_id"] == library["Slow Film 1"].pk
    address = f"/api/imports/{batch.pk}/rows/{waiting['id']}"
    body = json.dumps({"choice": library["Slow Film 1"].pk})
    assert ana_client.post(address, body, content_type="application/json").json()["outcome"] == "matched"
    assert ana_client.post(f"{address}/undo").json()["outcome"] == "review"


def test_only_the_keeper_merges_and_splits_by_the_api(
    eager: None, ana: Person, ana_client: Client, library: dict[str, Item]
) -> None:
    body = json.dumps({"items": [library["Slow Film 1"].pk, library["Slow Film 2"].pk]})
    assert ana_client.post("/api/changes/merge", body, content_type="application/json").status_code == 403
    ana.is_staff = True
    ana.save()
    made = ana_client.post("/api/changes/merge", body, content_type="application/json")
    assert made.status_code == 201
    assert ana_client.post(f"/api/changes/{made.json()['id']}/undo").json()["undone_at"]
    assert Item.objects.filter(title="Slow Film 2").exists()
