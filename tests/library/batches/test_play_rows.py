"""Long histories are stored in bulk, with the same result as storing row by row."""

import json
from pathlib import Path
from typing import Any

import pytest

from mediarec.library import batches
from mediarec.library.batches.play_rows import PlayStore
from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import (
    Contributor,
    Credit,
    ExternalId,
    ImportBatch,
    ImportRow,
    Interaction,
    Item,
    MediaFile,
    Outcome,
    Person,
)
from tests.library.importers.music_exports import START, listen

pytestmark = pytest.mark.django_db
PLAYS = 60


@pytest.fixture
def lea() -> Person:
    return Person.objects.create_user("lea")


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediarec.library.batches.commit.CHUNK", 10)


def write_history(path: Path, plays: int = PLAYS) -> Path:
    """Plays of twenty tracks in turn; two rows are not plays, and the last play occurs twice."""
    rows = [listen(f"Song {n % 20}", f"Band {n % 4}", START + 300 * n, release_name="Record") for n in range(plays)]
    rows[7] = listen("", "Band 1", START)
    rows[23] = {"listened_at": None, "track_metadata": []}
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[-1]]))
    return path


def run_import(person: Person, path: Path) -> batches.BatchSummary:
    batch = batches.create_batch(person, path)
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    return batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))


def describe(summary: batches.BatchSummary) -> list[Any]:
    """Everything an import stored, without ids, which differ from run to run."""
    events = Interaction.objects.values_list(
        "item__title", "person", "what", "occurred_at", "value", "progress", "origin", "withdrawn_at"
    )
    rows = ImportRow.objects.filter(batch=summary.batch).order_by("number")
    return [
        sorted(map(repr, events)),
        sorted(Item.objects.values_list("kind", "title", "title_key", "parent__title", "search")),
        sorted(Credit.objects.values_list("item__title", "contributor__name", "role", "position")),
        sorted(ExternalId.objects.values_list("item__title", "namespace", "value")),
        list(rows.values_list("number", "place", "item__title", "outcome", "reason", "confidence")),
        (summary.interactions_added, summary.items_added, summary.outcomes),
    ]


def test_bulk_storing_gives_the_same_result_as_storing_row_by_row(
    lea: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_history(tmp_path / "listens.jsonl")
    one_by_one = run_import(lea, path)
    expected = describe(one_by_one)
    batches.undo_batch(one_by_one.batch)
    assert not Item.objects.exists()
    stored: list[int] = []
    store = PlayStore.store

    def count(self: PlayStore, batch: ImportBatch, rows: Any) -> int:
        stored.append(len(rows))
        return store(self, batch, rows)

    monkeypatch.setattr(PlayStore, "store", count)
    monkeypatch.setattr("mediarec.library.batches.commit.CHUNK", 10)
    assert describe(run_import(lea, path)) == expected
    assert stored == [PLAYS + 1]
    assert expected[-1][0] == PLAYS - 2


@pytest.mark.usefixtures("small_chunks")
def test_a_second_import_adds_nothing_and_a_newer_one_only_what_is_new(lea: Person, tmp_path: Path) -> None:
    run_import(lea, write_history(tmp_path / "listens.jsonl"))
    again = run_import(lea, tmp_path / "listens.jsonl")
    assert (again.items_added, again.interactions_added, again.outcomes[Outcome.DUPLICATE]) == (0, 0, PLAYS - 1)
    newer = run_import(lea, write_history(tmp_path / "listens.jsonl", PLAYS + 5))
    assert (newer.items_added, newer.interactions_added) == (0, 5)


@pytest.mark.usefixtures("small_chunks")
def test_undo_clears_what_bulk_storing_filled_into_a_known_track(lea: Person, tmp_path: Path) -> None:
    known = Item.objects.create(kind="track", title="Song 1", title_key=normalise_title("Song 1"))
    known.credits.create(contributor=_make_band("Band 1"), role="artist")
    summary = run_import(lea, write_history(tmp_path / "listens.jsonl"))
    known.refresh_from_db()
    assert known.parent is not None and known.parent.title == "Record"
    batches.undo_batch(summary.batch)
    assert Item.objects.get().parent_id is None
    assert not Interaction.objects.exists()


def _make_band(name: str) -> Contributor:
    return Contributor.objects.create(name=name, name_key=normalise_title(name))


@pytest.mark.usefixtures("small_chunks")
def test_a_killed_bulk_commit_resumes_and_recreates_a_removed_work(lea: Person, tmp_path: Path) -> None:
    path = write_history(tmp_path / "listens.jsonl", 200)
    batch = batches.create_batch(lea, path)
    batches.read_batch(batch.pk)

    def die(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batches.commit_batch(batch.pk, on_progress=die)
    before = Interaction.objects.count()
    assert 0 < before < 198

    def remove_once(done: int, total: int) -> None:
        if not removed:
            removed.append(Item.objects.get(title="Song 3").delete())

    removed: list[object] = []
    batches.commit_batch(batch.pk, on_progress=remove_once)
    assert ImportBatch.objects.get(pk=batch.pk).state == "committed"
    assert Interaction.objects.filter(item__title="Song 3").exists()
    assert Item.objects.filter(kind="track").count() == 20


@pytest.mark.usefixtures("small_chunks")
def test_marks_among_plays_are_stored_as_marks(lea: Person, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"kind": "track", "title": f"Song {n}", "artist": "Band", "what": "played", "when": str(START + n)}
        for n in range(40)
    ]
    rows[25] |= {"what": "liked"}
    rows[30] |= {"what": "disliked", "title": "Song 25"}
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run_import(lea, tmp_path / "x.jsonl")
    active = Interaction.objects.filter(withdrawn_at__isnull=True)
    assert active.filter(item__title="Song 25").get().what == "disliked"
    assert active.filter(what="played").count() == 38
    assert not MediaFile.objects.exists()
