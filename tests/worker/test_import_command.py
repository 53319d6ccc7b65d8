"""manage.py import: its output, the person it creates, and its errors."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from mediarec.library.models import BatchState, ImportBatch, Interaction, Item, Person
from tests.commands import run_json
from tests.media import make_audio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked")]
WESNOTH = Path("/usr/share/games/wesnoth/1.16/data/core/music")


def run(*arguments: object) -> tuple[str, str]:
    out, errors = StringIO(), StringIO()
    call_command("import", *map(str, arguments), stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def make_table(folder: Path) -> Path:
    path = folder / "films.csv"
    path.write_text("kind,title,year,what,when\nfilm,Heat,1995,finished,2024-01-01\npoem,Ode,1819,finished,\n")
    return path


def test_the_json_output_has_the_documented_keys(tmp_path: Path, asked: list[str]) -> None:
    out, errors = run(make_table(tmp_path), "--person", "lea", "--json")
    report = json.loads(out)
    assert set(report) == {
        "batch", "format", "rows", "matched", "new_items", "review",
        "items_added", "files_added", "interactions_added", "rejected",
    }  # fmt: skip
    assert (report["items_added"], report["files_added"], report["interactions_added"]) == (1, 0, 1)
    assert report["rejected"][0]["path"] == "films.csv, line 3"
    assert "poem" in report["rejected"][0]["reason"]
    assert "lea is new here" in errors
    assert asked == ["enrichment"]


def test_a_new_person_cannot_sign_in_before_a_password_is_set(tmp_path: Path) -> None:
    run(make_table(tmp_path), "--person", "lea")
    assert not Person.objects.get(username="lea").has_usable_password()


def test_a_dry_run_reports_what_would_be_added_and_adds_nothing(tmp_path: Path, asked: list[str]) -> None:
    report = run_json("import", make_table(tmp_path), "--person", "lea", "--dry-run")
    assert (report["items_added"], report["interactions_added"], len(report["rejected"])) == (1, 1, 1)
    assert not Item.objects.exists()
    assert not Interaction.objects.exists()
    assert ImportBatch.objects.get().state == BatchState.PREVIEW
    assert asked == []


def test_importing_twice_adds_nothing(tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", {"title": "A", "artist": "B", "album": "C"})
    run(tmp_path, "--person", "lea")
    report = run_json("import", tmp_path, "--person", "lea")
    assert (report["items_added"], report["files_added"], report["interactions_added"]) == (0, 0, 0)


def test_a_missing_path_is_reported_and_creates_nobody(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere does not exist"):
        run(tmp_path / "nowhere", "--person", "lea")
    assert not Person.objects.exists()


@pytest.mark.optional
@pytest.mark.skipif(not WESNOTH.is_dir(), reason="Debian's package wesnoth-1.16-music is not installed")
def test_a_real_tagged_music_folder_is_imported_completely() -> None:
    report = run_json("import", WESNOTH, "--person", "lea")
    files = len(list(WESNOTH.glob("*.ogg")))
    assert (report["files_added"], report["rejected"]) == (files, [])
    track = Item.objects.get(title="Battle Music")
    assert track.parent is not None
    assert track.parent.title == "The Battle for Wesnoth OST"
    assert track.runtime_seconds is not None
    assert track.runtime_seconds > 60
    assert Item.objects.filter(kind="album").count() == 1
