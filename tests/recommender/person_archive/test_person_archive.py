"""A person archive round trip: the same counts and the same top twenty after the import."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from mediarec.library import batches, person_archive
from mediarec.library.interactions import record_interaction, withdraw_interaction
from mediarec.library.models import Decision, ImportBatch, Interaction, Item, Person, RememberedChoice
from mediarec.library.ownership import Ownership
from mediarec.library.person_archive.writer import write_cell
from recommender import pipeline
from recommender.models import EventVerdict, Playlist, SteeringRule, TasteStatement, UnusedItem
from recommender.playlists.builder import PlaylistRequest
from recommender.playlists.store import save_playlist
from recommender.taste.steering import add_rule
from recommender.types import Filters, RecommendRequest
from tests.commands import run_json
from tests.people import make_ana, make_library

pytestmark = pytest.mark.django_db
FIRST_RELEASE = Path(__file__).parents[2] / "data" / "person_archive_version_1.zip"


@pytest.fixture
def ana() -> Person:
    """A person with a row in every archived table."""
    items = make_library()
    ana = make_ana()
    first, second, third = (items[f"Slow Film {n}"].pk for n in (1, 2, 8))
    record_interaction(ana.pk, third, "rated", value=0.9)
    record_interaction(ana.pk, items["Loud Song 1"].pk, "disliked")
    record_interaction(ana.pk, items["Fast Film 3"].pk, "played", occurred_at=timezone.now() - timedelta(days=3))
    odd = Interaction.objects.get(item=items["Fast Film 3"])
    withdraw_interaction(ana.pk, odd.pk)
    EventVerdict.objects.create(person=ana, interaction=odd, is_mine=False)
    save_playlist(ana.pk, "=evil()", [second, first], PlaylistRequest(seed_ids=(third,)))
    add_rule(ana.pk, "no loud ones", "Nothing loud.", Filters(none_words=("loud",), exclude_ids=(first,)))
    TasteStatement.objects.create(
        person=ana, text="quiet films", is_edited=True, evidence=[first], feature={"words": []}
    )
    UnusedItem.objects.create(person=ana, item_id=second)
    choice = {"fingerprint": "a" * 64, "decision": Decision.ITEM, "told": "Slow", "item_id": first}
    RememberedChoice.objects.create(person=ana, **choice)
    Person.objects.filter(pk=ana.pk).update(novelty=0.8, ownership=Ownership.NOT_OWNED)
    return Person.objects.get(pk=ana.pk)


def export(person: Person, path: Path) -> Path:
    with path.open("wb") as opened:
        person_archive.write_archive(person, opened)
    return path


def bring_in(person: Person, path: Path) -> batches.BatchSummary:
    batch = batches.create_batch(person, path)
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    return batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))


def describe(person: Person) -> dict[str, list[Any]]:
    """All data of a person, by titles instead of IDs."""
    titles = dict(Item.objects.values_list("pk", "title"))
    owned = {"person": person}
    events = Interaction.objects.filter(**owned).order_by("item__title", "what", "occurred_at")
    return {
        "events": list(
            events.values_list("item__title", "what", "value", "progress", "occurred_at", "origin", "withdrawn_at")
        ),
        "playlists": [
            (
                *(row.name, row.note, row.created_at),
                *([titles[n] for n in row.wish["seed_ids"]], [e.item.title for e in row.entries.all()]),
            )
            for row in Playlist.objects.filter(**owned)
        ],
        "rules": [
            (row.text, row.understood, row.is_active, row.created_at, [titles[n] for n in row.filters["exclude_ids"]])
            for row in SteeringRule.objects.filter(**owned)
        ],
        "taste": [
            (row.text, row.sign, row.is_edited, [titles[n] for n in row.evidence])
            for row in TasteStatement.objects.filter(**owned)
        ],
        "verdicts": list(
            EventVerdict.objects.filter(**owned).values_list("interaction__item__title", "is_mine", "answered_at")
        ),
        "unused": list(UnusedItem.objects.filter(**owned).values_list("item__title", "created_at")),
        "choices": list(
            RememberedChoice.objects.filter(**owned).values_list("told", "decision", "item__title", "created_at")
        ),
        "wishes": list(Person.objects.filter(pk=person.pk).values_list("novelty", "ownership")),
    }


def list_top(person: Person) -> list[str]:
    slate = pipeline.recommend(RecommendRequest(person_id=person.pk, limit=20, novelty=0.0))
    titles = dict(Item.objects.values_list("pk", "title"))
    return [titles[line.item_id] for line in slate.items]


def test_a_new_person_gets_the_same_counts_and_the_same_top_twenty(ana: Person, tmp_path: Path) -> None:
    path, before, top = export(ana, tmp_path / "ana.zip"), describe(ana), list_top(ana)
    assert len(top) == 20
    twin = Person.objects.create_user("twin")
    report = bring_in(twin, path)
    assert (report.items_added, report.outcomes.get("review", 0), report.rejected) == (0, 0, [])
    assert report.interactions_added == Interaction.objects.filter(person=ana, withdrawn_at__isnull=True).count()
    assert describe(twin) == before
    assert list_top(twin) == top


def test_it_can_be_imported_into_an_empty_installation(ana: Person, tmp_path: Path) -> None:
    path, before = export(ana, tmp_path / "ana.zip"), describe(ana)
    Person.objects.all().delete()
    Item.objects.all().delete()
    again = Person.objects.create_user("ana")
    bring_in(again, path)
    assert describe(again) == before
    assert Item.objects.get(title="Slow Film 1").genres == ["drama"]


def test_an_archive_of_an_earlier_release_is_imported_completely() -> None:
    """A file written by the first release: the format may be extended, but this file must stay readable."""
    person = Person.objects.create_user("ana")
    summary = bring_in(person, FIRST_RELEASE)
    assert (summary.items_added, summary.outcomes.get("review", 0), summary.rejected) == (9, 0, [])
    at, restored = datetime(2025, 6, 30, 18, 1, 45, tzinfo=UTC), describe(person)
    finished = [
        (f"Slow Film {n}", "finished", None, 1.0, datetime(2025, 1, n + 1, tzinfo=UTC), "page", None)
        for n in range(1, 7)
    ]
    assert [row for row in restored["events"] if row[1] == "finished"] == finished
    assert [row[:2] for row in restored["events"] if row[1] != "finished"] == [
        ("Fast Film 3", "played"),
        ("Loud Song 1", "disliked"),
        ("Slow Film 8", "rated"),
    ]
    assert restored["playlists"] == [
        ("=evil()", "", at.replace(microsecond=681842), ["Slow Film 8"], ["Slow Film 2", "Slow Film 1"])
    ]
    assert restored["rules"] == [
        ("no loud ones", "Nothing loud.", True, at.replace(microsecond=688008), ["Slow Film 1"])
    ]
    assert restored["taste"] == [("quiet films", 1, True, ["Slow Film 1"])]
    assert restored["verdicts"] == [("Fast Film 3", False, at.replace(microsecond=680326))]
    assert restored["unused"] == [("Slow Film 2", at.replace(microsecond=689613))]
    assert restored["choices"] == [("Slow", "item", "Slow Film 1", at.replace(microsecond=690350))]
    assert restored["wishes"] == [(0.8, "not_owned")]


def test_importing_twice_or_over_the_same_data_adds_nothing(ana: Person, tmp_path: Path) -> None:
    path, before = export(ana, tmp_path / "ana.zip"), describe(ana)
    for _ in range(2):
        assert bring_in(ana, path).interactions_added == 0
    assert describe(ana) == before


def test_undoing_the_import_removes_all_of_it(ana: Person, tmp_path: Path) -> None:
    path = export(ana, tmp_path / "ana.zip")
    twin = Person.objects.create_user("twin")
    empty = describe(twin)
    batches.undo_batch(bring_in(twin, path).batch)
    assert describe(twin) == empty


def test_every_field_of_every_table_comes_back(ana: Person, tmp_path: Path) -> None:
    twin = Person.objects.create_user("twin")
    bring_in(twin, export(ana, tmp_path / "ana.zip"))
    names = set()
    for table in person_archive.list_tables():
        written = list(table.read(ana.pk))
        assert written and list(table.read(twin.pk)) == written
        assert all(tuple(record) == table.columns for record in written)
        names.add(table.name)
    assert names == {"choices", "playlists", "rules", "taste", "unused", "verdicts"}


def test_a_record_that_lacks_a_field_or_has_another_type_there_does_not_fit(ana: Person) -> None:
    for table in person_archive.list_tables():
        record = next(table.read(ana.pk))
        assert table.find_problem({**record, "added_later": 1}) is None
        assert table.find_problem(list(record)) == "expected an object"
        for column in table.columns:
            sentence = f"{column} is missing or not what belongs there"
            assert table.find_problem({name: value for name, value in record.items() if name != column}) == sentence
            assert table.find_problem({**record, column: [{}] if column in {"wish", "feature"} else {"x": [1]}}) == (
                None if column == "filters" else sentence
            )


def test_a_dry_run_restores_nothing(ana: Person, tmp_path: Path) -> None:
    twin = Person.objects.create_user("twin")
    batch = batches.create_batch(twin, export(ana, tmp_path / "ana.zip"))
    batches.read_batch(batch.pk)
    assert not Playlist.objects.filter(person=twin).exists()


def test_every_table_is_in_both_formats_with_a_readme_and_a_version(ana: Person, tmp_path: Path) -> None:
    with zipfile.ZipFile(export(ana, tmp_path / "ana.zip")) as archive:
        names = set(archive.namelist())
        tables = {"items", "events", "ratings", "playlists", "rules", "taste", "verdicts", "choices", "unused"}
        assert names == {f"{table}.{ending}" for table in tables for ending in ("csv", "jsonl")} | {
            "README.txt",
            "manifest.json",
        }
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["version"] == person_archive.VERSION
        for table in tables:
            lines = archive.read(f"{table}.jsonl").splitlines()
            rows = list(csv.DictReader(io.TextIOWrapper(archive.open(f"{table}.csv"), "utf-8", newline="")))
            assert len(lines) == len(rows) == manifest["rows"][table] > 0
            assert set(json.loads(lines[0])) == set(rows[0])
        names_in_csv = [row["name"] for row in csv.DictReader(io.TextIOWrapper(archive.open("playlists.csv"), "utf-8"))]
        assert names_in_csv == ["'=evil()"]
        assert json.loads(archive.read("playlists.jsonl"))["name"] == "=evil()"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\r=1", "＝1"])
def test_no_text_reaches_a_spreadsheet_as_a_formula(text: str) -> None:
    assert write_cell(text) == f"'{text}"
    assert write_cell("plain = text") == "plain = text"
    assert write_cell(-1.5) == "-1.5"


def test_it_has_no_data_of_other_people(ana: Person, tmp_path: Path) -> None:
    other = Person.objects.create_user("other-one", password="a long password")
    record_interaction(other.pk, Item.objects.get(title="City Clip 1").pk, "liked")
    save_playlist(other.pk, "Not for Ana", [Item.objects.get(title="City Clip 2").pk])
    with zipfile.ZipFile(export(ana, tmp_path / "ana.zip")) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert b"City Clip" not in content and b"Not for Ana" not in content and b"other-one" not in content
    assert ana.password.encode() not in content


def test_the_command_writes_the_file_atomically(ana: Person, tmp_path: Path) -> None:
    run_json("export_person", "ana", "--out", tmp_path / "x.zip")
    assert [path.name for path in tmp_path.iterdir() if path.suffix in {".zip", ".partial"}] == ["x.zip"]


def test_a_damaged_archive_is_imported_as_far_as_it_is_valid_with_a_report(ana: Person, tmp_path: Path) -> None:
    with zipfile.ZipFile(export(ana, tmp_path / "ana.zip")) as archive:
        tables = {name: archive.read(name) for name in archive.namelist()}
    tables["playlists.jsonl"] = b'{"name": 7}\nnull\n' + tables["playlists.jsonl"]
    tables["rules.jsonl"] = tables["rules.jsonl"].replace(b'"exclude_ids": [', b'"exclude_ids": ["x", 1e99, ')
    tables["events.jsonl"] = b'{"item": 1, "what": "eaten"}\n[]\n' + tables["events.jsonl"]
    with zipfile.ZipFile(tmp_path / "spoiled.zip", "w") as archive:
        for name, content in tables.items():
            archive.writestr(name, content)
    twin = Person.objects.create_user("twin")
    report = bring_in(twin, tmp_path / "spoiled.zip")
    assert len(report.rejected) == 4
    assert describe(twin)["playlists"] == describe(ana)["playlists"]
    assert SteeringRule.objects.filter(person=twin).count() == 1


def test_an_archive_of_a_later_version_is_rejected_with_a_sentence(ana: Person, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(export(ana, tmp_path / "ana.zip")) as archive:
        archive.extractall(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "version": 99}))
    batch = batches.create_batch(ana, folder)
    with pytest.raises(Exception, match="another version of mediarec"):
        batches.read_batch(batch.pk)
