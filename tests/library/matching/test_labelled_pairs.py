"""Precision and recall of matching on pairs of real works that were labelled before any threshold was chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from django.db import connection

from mediarec.library.importers.base import ParsedWork
from mediarec.library.matching import MatchIndex, load_index, match_work
from mediarec.library.models import ImportBatch, Person
from mediarec.library.persistence import WorkWriter
from tests.library.matching.labelled_pairs import Pair, load_pairs

FILES = ("title_pairs.txt", "track_pairs.txt")


@dataclass
class Tally:
    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def is_merged(work: ParsedWork, known: ParsedWork) -> bool:
    index = MatchIndex()
    index.add(1, known)
    match = match_work(work, index)
    return match.item_id == 1 and not match.needs_review


def measure(pairs: Iterable[Pair]) -> Tally:
    """Compares in both directions: which work is in the library must not matter."""
    tally = Tally()
    for pair in pairs:
        for work, known in ((pair.left, pair.right), (pair.right, pair.left)):
            merged = is_merged(work, known)
            tally.right += merged and pair.is_same
            tally.wrong += merged and not pair.is_same
            tally.missed += pair.is_same and not merged
    return tally


@pytest.mark.parametrize("name", FILES)
def test_precision_and_recall_on_all_labelled_pairs(name: str) -> None:
    pairs = load_pairs(name)
    assert len(pairs) >= 300
    assert sum(pair.is_same for pair in pairs) >= 150
    tally = measure(pairs)
    assert tally.precision >= 0.99
    assert tally.recall >= 0.95


@pytest.mark.parametrize("name", FILES)
def test_precision_and_recall_on_the_held_out_half(name: str) -> None:
    """One false merge in this half is about 1.2 per cent; more would mean thresholds overfitted to the tuned half."""
    tally = measure(pair for pair in load_pairs(name) if not pair.is_tuned)
    assert tally.precision >= 0.985
    assert tally.recall >= 0.95


@pytest.mark.parametrize(
    ("work", "known"),
    [
        (ParsedWork("film", "Last Broadcast", 1996), ParsedWork("film", "The Last Broadcast", 1995)),
        (
            ParsedWork("film", "Night Harbour", 1996, runtime_seconds=5400),
            ParsedWork("film", "Night Harbour", 1997, runtime_seconds=6600),
        ),
        (ParsedWork("film", "The Call", 2020, "Kol"), ParsedWork("film", "The Call", 2020, "Appel")),
        (ParsedWork("video", "Holiday", 2014), ParsedWork("video", "Holiday", 2014)),
        (
            ParsedWork("film", "Nymphomaniac: Vol. II", 2013, people={"director": ("Lars von Trier",)}),
            ParsedWork("film", "Nymphomaniac", 2013, people={"director": ("Lars von Trier",)}),
        ),
    ],
)
def test_an_ambiguous_title_and_year_are_never_merged_automatically(work: ParsedWork, known: ParsedWork) -> None:
    assert not is_merged(work, known)
    assert not is_merged(known, work)


@pytest.mark.parametrize(
    ("work", "known"),
    [
        (ParsedWork("film", "Rocky II", 1979), ParsedWork("film", "Rocky 2", 1980)),
        (
            ParsedWork("film", "The Crash", 1996, people={"director": ("David Cronenberg",)}),
            ParsedWork("film", "Crash", 1997, people={"director": ("David Cronenberg",)}),
        ),
        (
            ParsedWork("film", "Night Harbour: Part One", 2021, people={"director": ("Denis Villeneuve",)}),
            ParsedWork("film", "Night Harbour", 2021, people={"director": ("Denis Villeneuve",)}),
        ),
        (ParsedWork("film", "Rashomon", 1950, "Rashômon"), ParsedWork("film", "Rashomon", 1950, "羅生門")),
    ],
)
def test_a_second_agreeing_field_settles_the_match(work: ParsedWork, known: ParsedWork) -> None:
    assert is_merged(work, known)


@pytest.mark.django_db
@pytest.mark.parametrize("name", FILES)
def test_the_database_lookup_agrees_with_the_in_memory_index(name: str) -> None:
    """The right side of every pair is stored; looking up the left side gives the same result as the in-memory index."""
    person = Person.objects.create_user("lea")
    batch = ImportBatch.objects.create(person=person, source="generic", label="x")
    differing = []
    for pair in load_pairs(name):
        writer = WorkWriter(batch, [])  # an empty index: each right side becomes a separate item
        stored = writer.store_one(pair.right, is_new=True)
        assert stored is not None
        writer.write()
        index = load_index([pair.left])
        in_database = [known for known in index.find(pair.left) if known.item_id == stored.item.pk]
        by_id = any(index.by_id.get(external_id) == stored.item.pk for external_id in pair.left.ids.items())
        in_memory = MatchIndex()
        in_memory.add(1, pair.right)
        if bool(in_database) != bool(list(in_memory.find(pair.left))) and not by_id:
            differing.append(pair.line)
    assert differing == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("work", "index_name"),
    [
        (ParsedWork("film", "Heat", 1995), "item_screen_key"),
        (ParsedWork("film", "Heat", 1995), "item_original_key"),
        (ParsedWork("track", "One (Remastered)"), "item_music_key"),
    ],
)
def test_every_lookup_uses_its_database_index(work: ParsedWork, index_name: str) -> None:
    """With all but bitmap scans disabled and the coarser indexes dropped, the planner uses the index of the expression
    if it matches: a bitmap scan needs a condition. On an empty table the choice among several would be arbitrary."""
    plans: list[str] = []

    def explain(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if "library_item AS item LEFT JOIN" in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN {sql}", params)
                plans.extend(row[0] for row in cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        for scan in ("seqscan", "indexscan", "indexonlyscan"):
            cursor.execute(f"SET LOCAL enable_{scan} = off")
        cursor.execute("DROP INDEX item_kind_title_key, item_kind_best_known")  # until the test's transaction ends
    with connection.execute_wrapper(explain):
        load_index([work])
    assert any(index_name in line for line in plans)
