"""manage.py export_person and manage.py import: what goes out and comes back is the same person, list included."""

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
    return [titles[one.item_id] for one in slate.items]


def count(name: str) -> tuple[int, int, int]:
    mine = Interaction.objects.filter(person__username=name)
    return Item.objects.count(), mine.count(), mine.filter(withdrawn_at__isnull=True).count()


def test_another_person_has_the_same_counts_and_the_same_top_twenty(tmp_path: Path) -> None:
    make_library()
    ana, bo = make_ana(), make_bo()
    told = run_json("export_person", ana.username, "--out", tmp_path / "ana.zip")
    assert told["rows"]["events"] == Interaction.objects.filter(person=ana).count() > 0
    before = count(ana.username)
    brought = run_json("import", tmp_path / "ana.zip", "--person", "dora")
    assert (brought["format"], brought["new_items"], brought["rejected"]) == ("mediarec", 0, [])
    assert count("dora") == before == count(ana.username)
    assert len(list_top("dora")) == 20
    assert list_top("dora") == list_top(ana.username) != list_top(bo.username)
    assert run_json("import", tmp_path / "ana.zip", "--person", "dora")["interactions_added"] == 0


def test_an_empty_house_has_all_that_the_person_had(tmp_path: Path) -> None:
    make_library()
    ana = make_ana()
    done = Interaction.objects.filter(person=ana).order_by("item__title", "what", "occurred_at")
    columns = ("item__title", "what", "value", "progress", "occurred_at")
    before = list(done.values_list(*columns))
    run_json("export_person", ana.username, "--out", tmp_path / "ana.zip")
    MediaFile.objects.all().delete()
    Interaction.objects.all().delete()
    Item.objects.all().delete()
    brought = run_json("import", tmp_path / "ana.zip", "--person", ana.username)
    assert (brought["review"], brought["rejected"]) == (0, [])
    assert list(done.values_list(*columns)) == before
    run_json("import_undo", brought["batch"])
    assert count(ana.username) == (0, 0, 0)


def test_nobody_of_that_name_is_one_sentence_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Nobody here is called"):
        run_json("export_person", "nobody", "--out", tmp_path / "x.zip")
    assert not list(tmp_path.iterdir())
    assert not ImportBatch.objects.exists()
