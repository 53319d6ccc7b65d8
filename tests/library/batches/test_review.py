"""Review in a batch: which rows wait, and that a second import of the same file asks nothing and adds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediarec.library import batches
from mediarec.library.errors import MediarecError
from mediarec.library.importers.base import ParsedWork
from mediarec.library.match_decisions import fingerprint_work
from mediarec.library.models import ImportBatch, ImportRow, Interaction, Item, Outcome, Person
from tests.media import make_zip

pytestmark = pytest.mark.django_db


@pytest.fixture
def lea() -> Person:
    return Person.objects.create_user("lea")


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["kind,title,year,what,when,imdb,artist,album", *lines]) + "\n")
    return path


def run_import(person: Person, path: Path, *, add: bool = True) -> batches.BatchSummary:
    batch = batches.create_batch(person, path)
    batches.read_batch(batch.pk)
    if add:
        batches.commit_batch(batch.pk)
    return batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))


def list_outcomes(batch_id: int) -> list[str]:
    return list(ImportRow.objects.filter(batch=batch_id).order_by("number").values_list("outcome", flat=True))


def test_a_film_listed_twice_without_a_year_is_one_item(lea: Person, tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "film,Heat,,finished,2024-01-01", "film,Heat,,finished,2024-02-01")
    assert run_import(lea, path, add=False).items_added == 1
    summary = run_import(lea, path)
    assert (summary.items_added, summary.interactions_added) == (1, 2)
    again = run_import(lea, path)
    assert (again.items_added, again.interactions_added, again.outcomes) == (0, 0, {Outcome.DUPLICATE: 2})


def test_a_row_that_becomes_ambiguous_during_the_commit_waits_for_review(lea: Person, tmp_path: Path) -> None:
    """Both rows are new when read; the second might be the item that the first one creates."""
    path = write(tmp_path / "x.csv", "film,Heat,1995,finished,2024-01-01", "film,Heat,,finished,2024-02-01")
    summary = run_import(lea, path)
    assert list_outcomes(summary.batch) == [Outcome.ADDED, Outcome.REVIEW]
    assert (Item.objects.count(), summary.interactions_added) == (1, 1)
    waiting = ImportRow.objects.get(batch=summary.batch, outcome=Outcome.REVIEW)
    assert "a year is missing" in waiting.reason
    batches.resolve_row(waiting.pk, Item.objects.get().pk)
    assert Interaction.objects.filter(item=Item.objects.get()).count() == 2


def test_the_preview_counts_a_resolved_row_by_its_new_outcome(lea: Person, tmp_path: Path) -> None:
    Item.objects.create(kind="film", title="Heat", title_key="heat", year=1995)
    path = write(tmp_path / "x.csv", "film,Heat,,finished,2024-01-01", "film,Ran,1985,finished,2024-02-01")
    batch_id = run_import(lea, path, add=False).batch

    def read_preview() -> tuple[int, int, dict[str, int]]:
        summary = batches.summarise_batch(ImportBatch.objects.get(pk=batch_id))
        shown = ImportBatch.objects.get(pk=batch_id).counts["preview"]
        assert {name: shown.get(name, 0) for name in summary.outcomes} == summary.outcomes
        return summary.items_added, summary.interactions_added, summary.outcomes

    initial = (1, 1, {Outcome.REVIEW: 1, Outcome.ADDED: 1})
    assert read_preview() == initial
    waiting = ImportRow.objects.get(batch=batch_id, outcome=Outcome.REVIEW)
    batches.resolve_row(waiting.pk, Item.objects.get().pk)
    assert read_preview() == (1, 2, {Outcome.MATCHED: 1, Outcome.ADDED: 1})
    batches.reopen_row(waiting.pk)
    assert read_preview() == initial
    batches.resolve_row(waiting.pk, "skip")
    assert read_preview() == (1, 1, {Outcome.REJECTED: 1, Outcome.ADDED: 1})
    batches.reopen_row(waiting.pk)
    batches.resolve_row(waiting.pk, "new")
    previewed = read_preview()
    assert previewed == (2, 2, {Outcome.ADDED: 2})
    batches.commit_batch(batch_id)
    summary = batches.summarise_batch(ImportBatch.objects.get(pk=batch_id))
    assert (summary.items_added, summary.interactions_added, summary.outcomes) == previewed


def test_ids_that_contradict_each_other_never_merge(lea: Person, tmp_path: Path) -> None:
    first = '{"kind": "film", "title": "Heat", "year": 1995, "ids": {"imdb": "tt0113277", "tmdb": "949"}}'
    second = '{"kind": "film", "title": "Heat", "year": 1995, "ids": {"imdb": "tt0113277", "tmdb": "950"}}'
    third = '{"kind": "film", "title": "Heat", "year": 1995, "ids": {"imdb": "tt0000001"}}'
    (tmp_path / "x.jsonl").write_text(first)
    run_import(lea, tmp_path / "x.jsonl")
    (tmp_path / "y.jsonl").write_text(f"{second}\n{third}")
    summary = run_import(lea, tmp_path / "y.jsonl")
    assert list_outcomes(summary.batch) == [Outcome.REVIEW, Outcome.ADDED]
    assert "another tmdb id" in ImportRow.objects.get(batch=summary.batch, number=1).reason
    assert Item.objects.count() == 2


def test_the_match_reason_is_stored_on_the_row(lea: Person, tmp_path: Path) -> None:
    run_import(lea, write(tmp_path / "a.csv", "film,The Matrix,1999,saved,2024-01-01"))
    summary = run_import(lea, write(tmp_path / "b.csv", 'film,"Matrix, The",2000,finished,2024-02-01'))
    row = ImportRow.objects.get(batch=summary.batch)
    assert (row.outcome, row.reason, row.confidence) == (Outcome.MATCHED, "the same title, a year apart", 0.85)


def test_a_remaster_matches_the_recording_and_a_live_version_does_not(lea: Person, tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "track,Creep,,played,2024-01-01,,Radiohead,Pablo Honey",
        "track,Creep - Remastered,,played,2024-01-02,,Radiohead,Pablo Honey (Deluxe Edition)",
        "track,Creep - Live,,played,2024-01-03,,Radiohead,I Might Be Wrong",
        "track,Creep,,played,2024-01-04,,TLC,CrazySexyCool",
    )
    run_import(lea, path)
    counted = {item.title: item.interactions.count() for item in Item.objects.filter(kind="track").order_by("-pk")}
    assert Item.objects.filter(kind="track").count() == 3
    assert counted["Creep"] == 2


def test_a_compilation_does_not_change_the_original_album_of_a_recording(lea: Person, tmp_path: Path) -> None:
    run_import(lea, write(tmp_path / "a.csv", "track,Creep,,played,2024-01-01,,Radiohead,Pablo Honey"))
    before = Item.objects.filter(kind="album").values("title", "year", "genres").get()
    run_import(lea, write(tmp_path / "b.csv", "track,Creep,2008,played,2024-02-01,,Radiohead,The Best Of"))
    assert Item.objects.filter(kind="album", title="Pablo Honey").values("title", "year", "genres").get() == before


def test_a_fingerprint_covers_what_identifies_a_work_and_not_its_description() -> None:
    heat = ParsedWork("film", "Heat", 1995)
    assert fingerprint_work(heat) == fingerprint_work(ParsedWork("film", "HEAT", 1995, genres=("Crime",)))
    assert fingerprint_work(heat) != fingerprint_work(ParsedWork("film", "Heat", 1986))
    assert fingerprint_work(heat) != fingerprint_work(ParsedWork("film", "Heat", 1995, ids={"imdb": "tt0113277"}))
    assert fingerprint_work(heat) != fingerprint_work(ParsedWork("series", "Heat", 1995))


def test_a_damaged_archive_fails_with_a_sentence(lea: Person, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.zip", {"films.csv": "kind,title,year\n" + "film,Heat,1995\n" * 2000})
    content = bytearray(path.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 20] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(MediarecError):
        batch = batches.create_batch(lea, path)
        batches.read_batch(batch.pk)
    assert not Item.objects.exists()
