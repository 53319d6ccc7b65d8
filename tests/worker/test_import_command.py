"""manage.py import: what it prints, whom it makes, and how it fails."""

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


def test_it_prints_exactly_the_promised_json(tmp_path: Path, asked: list[str]) -> None:
    out, errors = run(make_table(tmp_path), "--person", "lea", "--json")
    told = json.loads(out)
    assert set(told) == {
        "batch", "format", "rows", "matched", "new_items", "review",
        "items_added", "files_added", "interactions_added", "rejected",
    }  # fmt: skip
    assert (told["items_added"], told["files_added"], told["interactions_added"]) == (1, 0, 1)
    assert told["rejected"][0]["path"] == "films.csv, line 3"
    assert "poem" in told["rejected"][0]["reason"]
    assert "lea is new here" in errors
    assert asked == ["enrichment"]


def test_a_new_person_cannot_sign_in_before_a_password_is_set(tmp_path: Path) -> None:
    run(make_table(tmp_path), "--person", "lea")
    assert not Person.objects.get(username="lea").has_usable_password()


def test_a_dry_run_says_what_would_come_and_adds_nothing(tmp_path: Path, asked: list[str]) -> None:
    told = run_json("import", make_table(tmp_path), "--person", "lea", "--dry-run")
    assert (told["items_added"], told["interactions_added"], len(told["rejected"])) == (1, 1, 1)
    assert not Item.objects.exists()
    assert not Interaction.objects.exists()
    assert ImportBatch.objects.get().state == BatchState.PREVIEW
    assert asked == []


def test_twice_adds_nothing(tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", {"title": "A", "artist": "B", "album": "C"})
    run(tmp_path, "--person", "lea")
    told = run_json("import", tmp_path, "--person", "lea")
    assert (told["items_added"], told["files_added"], told["interactions_added"]) == (0, 0, 0)


def test_a_path_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere does not exist"):
        run(tmp_path / "nowhere", "--person", "lea")
    assert not Person.objects.exists()


@pytest.mark.skipif(not WESNOTH.is_dir(), reason="Debian's package wesnoth-1.16-music is not installed")
def test_a_real_tagged_music_folder_comes_in_whole() -> None:
    told = run_json("import", WESNOTH, "--person", "lea")
    files = len(list(WESNOTH.glob("*.ogg")))
    assert (told["files_added"], told["rejected"]) == (files, [])
    track = Item.objects.get(title="Battle Music")
    assert track.parent is not None
    assert track.parent.title == "The Battle for Wesnoth OST"
    assert track.runtime_seconds is not None
    assert track.runtime_seconds > 60
    assert Item.objects.filter(kind="album").count() == 1
