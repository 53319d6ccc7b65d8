"""Undo restores every table and every ranking exactly; overlapping and newer exports add each event once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from mediarec.library import batches
from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import ImportBatch, ImportRow, Interaction, Item, Person
from recommender import pipeline
from recommender.types import RecommendRequest
from tests.media import make_letterboxd, make_zip
from tests.people import make_ana, make_library

pytestmark = pytest.mark.django_db
HEAD = "Date,Name,Year,Letterboxd URI"


@pytest.fixture
def ana() -> Person:
    library = make_library()
    refresh_search([item.pk for item in library.values()])
    return make_ana()


def run_import(person: Person, path: Path) -> batches.BatchSummary:
    batch = batches.create_batch(person, path)
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    return batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))


def read_tables() -> dict[str, list[str]]:
    """All rows of the library except batches: the report of an undone import stays."""
    ignored = {ImportBatch, ImportRow}
    tables: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("library").get_models():
            if model not in ignored:
                cursor.execute(f"SELECT to_jsonb(r) - 'updated_at' FROM \"{model._meta.db_table}\" r ORDER BY 1")  # noqa: S608
                rows: list[Any] = [row[0] for row in cursor.fetchall()]
                tables[model._meta.db_table] = [json.dumps(row, sort_keys=True, default=str) for row in rows]
    return tables


def list_top(person: Person) -> list[tuple[int, float]]:
    slate = pipeline.recommend(RecommendRequest(person.pk, limit=20))
    return [(entry.item_id, round(entry.score, 9)) for entry in slate.items]


def test_undo_leaves_every_table_and_the_top_list_as_they_were(ana: Person, tmp_path: Path) -> None:
    """The export adds films, fills in known ones, ends an active mark and rates films that were not seen yet."""
    known = Item.objects.get(title="Fast Film 9")
    active = Interaction.objects.create(
        person=ana, item=known, what="disliked", occurred_at="2020-01-01T12:00:00Z", origin="page"
    )
    tables, top = read_tables(), list_top(ana)
    lines = [
        {"kind": "film", "title": "Fast Film 9", "year": known.year, "synopsis": "Cars.", "what": "liked",
         "when": "2024-01-01", "ids": {"imdb": "tt0000009"}, "people": {"actor": ["Somebody New"]}},
        {"kind": "film", "title": "A new one", "year": 2001, "what": "finished", "when": "2024-01-02"},
        *({"kind": "film", "title": f"Fast Film {n}", "year": 1960 + 4 * n, "what": "rated", "rating": 5,
           "when": f"2024-02-{n:02}"} for n in range(1, 9)),
    ]  # fmt: skip
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    summary = run_import(ana, path)
    assert summary.interactions_added == 10
    active.refresh_from_db()
    assert active.withdrawn_at is not None
    assert list_top(ana) != top
    batches.undo_batch(summary.batch)
    assert read_tables() == tables
    assert list_top(ana) == top


def test_overlapping_files_of_one_export_give_one_event(ana: Person, tmp_path: Path) -> None:
    """Diary, ratings and watched of one film: two viewings, one rating, one like; nothing more."""
    path = make_letterboxd(tmp_path / "letterboxd.zip")
    run_import(ana, path)
    interactions = Interaction.objects.filter(item__title="Solaris").order_by("what", "occurred_at")
    assert [(interaction.what, interaction.occurred_at.date().isoformat()) for interaction in interactions] == [
        ("finished", "2024-02-01"),
        ("finished", "2024-05-01"),
        ("liked", "2024-05-03"),
        ("rated", "2024-05-02"),
    ]
    assert run_import(ana, path).interactions_added == 0


def test_a_newer_export_adds_only_what_is_new(ana: Person, tmp_path: Path) -> None:
    def export(name: str, *days: str) -> Path:
        rows = "".join(f"{day},Solaris,1972,https://boxd.it/{day},,,,{day}\n" for day in days)
        diary = f"{HEAD},Rating,Rewatch,Tags,Watched Date\n{rows}"
        return make_zip(tmp_path / name, {"diary.csv": diary, "watched.csv": f"{HEAD}\n{days[0]},Solaris,1972,u\n"})

    assert run_import(ana, export("first.zip", "2024-01-01", "2024-02-01")).interactions_added == 2
    newer = run_import(ana, export("second.zip", "2024-01-01", "2024-02-01", "2024-03-01"))
    assert (newer.items_added, newer.interactions_added) == (0, 1)
    batches.undo_batch(newer.batch)
    assert Interaction.objects.filter(item__title="Solaris").count() == 2


def test_the_preview_predicts_what_the_commit_adds(ana: Person, tmp_path: Path) -> None:
    """A duplicate event, an existing event and an overridden mark: preview and commit count them alike."""
    Interaction.objects.create(
        person=ana, item=Item.objects.get(title="Fast Film 2"), what="liked", occurred_at="2025-01-01T12:00:00Z"
    )
    path = tmp_path / "x.csv"
    path.write_text(
        "kind,title,year,what,when\nfilm,New,2001,finished,2024-01-01\nfilm,New,2001,finished,2024-01-01\n"
        "film,New,2001,played,2024-01-01\nfilm,Fast Film 2,1968,liked,2024-01-01\n"
        "film,Fast Film 3,1972,finished,2024-01-01\n"
    )
    batch = batches.create_batch(ana, path)
    batches.read_batch(batch.pk)
    preview = batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))
    batches.commit_batch(batch.pk)
    added = batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))
    assert (preview.items_added, preview.interactions_added) == (1, 3)
    assert (added.items_added, added.interactions_added) == (1, 3)
