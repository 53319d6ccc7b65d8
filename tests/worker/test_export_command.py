"""manage.py export_person and manage.py import: an exported person can be imported unchanged,
recommendations included.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError

from mediarec.library.models import ImportBatch, Interaction, Item, MediaFile, Person
from recommender import pipeline
from recommender.types import RecommendRequest
from tests.commands import run_json
from tests.people import make_ana, make_bo, make_library

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked")]


def list_top(name: str) -> list[str]:
    person = Person.objects.get(username=name)
    slate = pipeline.recommend(RecommendRequest(person_id=person.pk, limit=20, novelty=0.0))
    titles = dict(Item.objects.values_list("pk", "title"))
    return [titles[item.item_id] for item in slate.items]


def count(name: str) -> tuple[int, int, int]:
    interactions = Interaction.objects.filter(person__username=name)
    return Item.objects.count(), interactions.count(), interactions.filter(withdrawn_at__isnull=True).count()


def test_an_archive_gives_another_person_the_same_counts_and_top_twenty(tmp_path: Path) -> None:
    make_library()
    ana, bo = make_ana(), make_bo()
    export_report = run_json("export_person", ana.username, "--out", tmp_path / "ana.zip")
    assert export_report["rows"]["events"] == Interaction.objects.filter(person=ana).count() > 0
    before = count(ana.username)
    import_report = run_json("import", tmp_path / "ana.zip", "--person", "dora")
    assert (import_report["format"], import_report["new_items"], import_report["rejected"]) == ("mediarec", 0, [])
    assert count("dora") == before == count(ana.username)
    assert len(list_top("dora")) == 20
    assert list_top("dora") == list_top(ana.username) != list_top(bo.username)
    assert run_json("import", tmp_path / "ana.zip", "--person", "dora")["interactions_added"] == 0


def test_an_archive_restores_everything_into_an_empty_installation(tmp_path: Path) -> None:
    make_library()
    ana = make_ana()
    interactions = Interaction.objects.filter(person=ana).order_by("item__title", "what", "occurred_at")
    columns = ("item__title", "what", "value", "progress", "occurred_at")
    before = list(interactions.values_list(*columns))
    run_json("export_person", ana.username, "--out", tmp_path / "ana.zip")
    MediaFile.objects.all().delete()
    Interaction.objects.all().delete()
    Item.objects.all().delete()
    report = run_json("import", tmp_path / "ana.zip", "--person", ana.username)
    assert (report["review"], report["rejected"]) == (0, [])
    assert list(interactions.values_list(*columns)) == before
    run_json("import_undo", report["batch"])
    assert count(ana.username) == (0, 0, 0)


def test_an_unknown_person_is_reported_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Nobody here is called"):
        run_json("export_person", "nobody", "--out", tmp_path / "x.zip")
    assert not list(tmp_path.iterdir())
    assert not ImportBatch.objects.exists()
