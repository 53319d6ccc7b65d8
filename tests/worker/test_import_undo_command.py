"""manage.py import_undo: the counts it prints equal those before the import."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError

from mediarec.library.models import Interaction, Item, Person
from tests.commands import run_json

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked")]


def make_table(folder: Path) -> Path:
    path = folder / "films.csv"
    path.write_text("kind,title,year,what,when\nfilm,Heat,1995,finished,2024-01-01\nfilm,Ran,1985,liked,2024-01-02\n")
    return path


def test_it_restores_the_counts(tmp_path: Path) -> None:
    lea = Person.objects.create_user("lea")
    kept = Item.objects.create(kind="film", title="Ran", title_key="ran", year=1985)
    Interaction.objects.create(person=lea, item=kept, what="saved", occurred_at="2020-01-01T12:00:00Z")
    import_report = run_json("import", make_table(tmp_path), "--person", "lea")
    assert (import_report["new_items"], import_report["interactions_added"]) == (1, 2)
    undo_report = run_json("import_undo", import_report["batch"])
    assert undo_report["before"] == {"items": 2, "files": 0, "interactions": 3, "interactions_of_person": 3}
    assert undo_report["after"] == {"items": 1, "files": 0, "interactions": 1, "interactions_of_person": 1}
    assert (Item.objects.get(), Interaction.objects.get().what) == (kept, "saved")


def test_undoing_twice_is_reported_and_changes_nothing(tmp_path: Path) -> None:
    import_report = run_json("import", make_table(tmp_path), "--person", "lea")
    run_json("import_undo", import_report["batch"])
    undo_report = run_json("import_undo", import_report["batch"])
    assert undo_report["already_undone"] is True
    assert undo_report["before"] == undo_report["after"]


def test_importing_after_an_undo_adds_everything_again(tmp_path: Path) -> None:
    brought = run_json("import", make_table(tmp_path), "--person", "lea")
    run_json("import_undo", brought["batch"])
    again = run_json("import", make_table(tmp_path), "--person", "lea")
    assert (again["new_items"], again["interactions_added"]) == (2, 2)
    assert run_json("import", make_table(tmp_path), "--person", "lea")["interactions_added"] == 0


def test_an_unknown_import_is_reported_in_one_sentence() -> None:
    with pytest.raises(CommandError, match="no import number 99"):
        run_json("import_undo", 99)
