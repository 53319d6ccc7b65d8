"""Exact undo, and what an import must not override: newer feedback, moved files, works of other imports."""

import json
from datetime import UTC, datetime
from pathlib import Path

import mutagen
import pytest
from django.db import connections

from mediarec.library import batches
from mediarec.library.advisory_locks import IMPORT_BATCHES
from mediarec.library.interactions import record_interaction
from mediarec.library.models import BatchState, ImportBatch, ImportRow, Interaction, Item, Kind, MediaFile, Person
from tests.media import make_audio, make_picture, make_video

pytestmark = pytest.mark.django_db
TAGS = {"title": "Blue Hour", "artist": "The Lamps", "album": "Night Shift", "date": "1999"}


@pytest.fixture
def lea() -> Person:
    return Person.objects.create_user("lea")


def run_import(person: Person, path: Path, **options: object) -> batches.BatchSummary:
    batch = batches.create_batch(person, path, options=dict(options))
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    return batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))


def write_lines(path: Path, *records: object) -> Path:
    path.write_text("\n".join(record if isinstance(record, str) else json.dumps(record) for record in records))
    return path


def test_an_old_export_does_not_override_newer_feedback(lea: Person, tmp_path: Path) -> None:
    item = Item.objects.create(kind="film", title="Heat", title_key="heat", year=1995)
    newer = Interaction.objects.create(
        person=lea, item=item, what="disliked", occurred_at=datetime(2025, 1, 1, tzinfo=UTC)
    )
    path = tmp_path / "x.csv"
    path.write_text("kind,title,year,what,when\nfilm,Heat,1995,liked,2020-01-01\nfilm,Heat,1995,finished,2020-01-01\n")
    assert run_import(lea, path).interactions_added == 1
    newer.refresh_from_db()
    assert newer.withdrawn_at is None
    assert not Interaction.objects.filter(what="liked").exists()


def test_undo_reactivates_a_mark_that_the_import_had_ended(lea: Person, tmp_path: Path) -> None:
    item = Item.objects.create(kind="film", title="Heat", title_key="heat", year=1995)
    older = Interaction.objects.create(
        person=lea, item=item, what="disliked", occurred_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    path = tmp_path / "x.csv"
    path.write_text("kind,title,year,what,when\nfilm,Heat,1995,liked,2024-01-01\n")
    summary = run_import(lea, path)
    active = Interaction.objects.filter(withdrawn_at__isnull=True)
    assert list(active.values_list("what", flat=True)) == ["liked"]
    batches.undo_batch(summary.batch)
    assert list(active.all()) == [older]
    assert Interaction.objects.count() == 1


def test_undo_keeps_feedback_given_after_the_import(lea: Person, tmp_path: Path) -> None:
    item = Item.objects.create(kind="film", title="Heat", title_key="heat", year=1995)
    record_interaction(lea.pk, item.pk, "disliked", occurred_at=datetime(2020, 1, 1, tzinfo=UTC))
    path = tmp_path / "x.csv"
    path.write_text("kind,title,year,what,when\nfilm,Heat,1995,liked,2024-01-01\n")
    summary = run_import(lea, path)
    own = record_interaction(lea.pk, item.pk, "liked")
    batches.undo_batch(summary.batch)
    assert list(Interaction.objects.filter(withdrawn_at__isnull=True)) == [own]


def test_undo_restores_a_moved_file_and_deletes_people_with_their_works(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", TAGS)
    first = run_import(lea, tmp_path)
    before = MediaFile.objects.values_list("path", "content_hash", "item_id").get()
    (tmp_path / "a.flac").rename(tmp_path / "b.flac")
    moved = run_import(lea, tmp_path)
    assert "moved here from" in ImportRow.objects.get(batch=moved.batch).reason
    batches.undo_batch(moved.batch)
    assert MediaFile.objects.values_list("path", "content_hash", "item_id").get() == before
    batches.undo_batch(first.batch)
    assert not Item.objects.exists()
    assert not MediaFile.objects.exists()


def test_works_kept_for_a_second_import_are_deleted_with_it(lea: Person, tmp_path: Path) -> None:
    first_path = write_lines(tmp_path / "one.jsonl", {"kind": "film", "title": "Heat", "year": 1995})
    second_path = write_lines(
        tmp_path / "two.jsonl", {"kind": "film", "title": "Heat", "year": 1995, "what": "finished"}
    )
    first, second = run_import(lea, first_path), run_import(lea, second_path)
    batches.undo_batch(first.batch)
    assert Item.objects.count() == 1
    batches.undo_batch(second.batch)
    assert not Item.objects.exists()


def test_a_retagged_file_is_read_again_and_stays_one_row(lea: Person, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.flac", TAGS)
    run_import(lea, tmp_path)
    opened = mutagen.File(path, easy=True)
    opened["genre"] = "Jazz"
    opened.save()
    summary = run_import(lea, tmp_path)
    assert (summary.items_added, MediaFile.objects.count()) == (0, 1)
    assert Item.objects.get(kind=Kind.TRACK).genres == ["Jazz"]


def test_undo_during_the_commit_wins(lea: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediarec.library.batches.commit.CHUNK", 1)
    path = write_lines(tmp_path / "x.jsonl", *({"kind": "film", "title": f"Film {n}", "year": 1990} for n in range(4)))
    batch = batches.create_batch(lea, path)
    batches.read_batch(batch.pk)

    def take_back(done: int, total: int) -> None:
        ImportBatch.objects.filter(pk=batch.pk).update(state=BatchState.UNDOING)

    batches.commit_batch(batch.pk, on_progress=take_back)
    batch.refresh_from_db()
    assert (batch.state, Item.objects.count()) == (BatchState.UNDOING, 1)
    batches.undo_batch(batch.pk)
    assert not Item.objects.exists()


def test_concurrent_reading_happens_once(lea: Person, tmp_path: Path) -> None:
    """A second process finds the batch locked; here another connection holds the lock."""
    path = write_lines(tmp_path / "x.jsonl", {"kind": "film", "title": "Heat", "year": 1995})
    batch = batches.create_batch(lea, path)
    other = connections["default"].copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [IMPORT_BATCHES, batch.pk])
        batches.read_batch(batch.pk)
        assert not ImportRow.objects.exists()
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [IMPORT_BATCHES, batch.pk])
    other.close()
    batches.read_batch(batch.pk)
    assert ImportRow.objects.count() == 1


def test_a_real_poster_replaces_a_generated_one_until_undo(lea: Person, tmp_path: Path) -> None:
    item = Item.objects.create(
        kind="film", title="Heat", title_key="heat", year=1995, artwork="drawn.webp", artwork_is_drawn=True
    )
    make_video(tmp_path / "Heat (1995).mkv")
    make_picture(tmp_path / "Heat (1995)-poster.png")
    summary = run_import(lea, tmp_path)
    item.refresh_from_db()
    assert item.artwork != "drawn.webp"
    assert not item.artwork_is_drawn
    batches.undo_batch(summary.batch)
    assert Item.objects.filter(artwork="drawn.webp", artwork_is_drawn=True).count() == 1
