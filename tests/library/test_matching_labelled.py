"""Matching measured on pairs of real works that were labelled before any of its numbers was chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from django.db import connection

from mediarec.library.importers.base import ParsedWork
from mediarec.library.matching import MatchIndex, load_index, match_work
from mediarec.library.models import ImportBatch, Person
from mediarec.library.persistence import WorkWriter
from tests.library.labelled_pairs import Pair, load_pairs

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
    found = match_work(work, index)
    return found.item_id == 1 and not found.needs_look


def measure(pairs: Iterable[Pair]) -> Tally:
    """Both ways round: which of the two is in the library must not matter."""
    tally = Tally()
    for pair in pairs:
        for work, known in ((pair.left, pair.right), (pair.right, pair.left)):
            merged = is_merged(work, known)
            tally.right += merged and pair.is_same
            tally.wrong += merged and not pair.is_same
            tally.missed += pair.is_same and not merged
    return tally


@pytest.mark.parametrize("name", FILES)
def test_it_rarely_misses_and_hardly_ever_mistakes_one_work_for_another(name: str) -> None:
    pairs = load_pairs(name)
    assert len(pairs) >= 300
    assert sum(pair.is_same for pair in pairs) >= 150
    tally = measure(pairs)
    assert tally.precision >= 0.99
    assert tally.recall >= 0.95


@pytest.mark.parametrize("name", FILES)
def test_it_holds_on_the_half_that_no_number_was_chosen_by(name: str) -> None:
    """One mistaken pair of this half's films is 1.2 per cent of it; more would show numbers that fit one half only."""
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
def test_what_a_name_and_a_year_leave_open_is_never_decided_alone(work: ParsedWork, known: ParsedWork) -> None:
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
def test_a_second_thing_that_agrees_settles_it(work: ParsedWork, known: ParsedWork) -> None:
    assert is_merged(work, known)


@pytest.mark.django_db
@pytest.mark.parametrize("name", FILES)
def test_the_database_finds_what_the_memory_finds(name: str) -> None:
    """Every pair's right side is stored; the left one must find it there or nowhere, exactly as without a database."""
    person = Person.objects.create_user("lea")
    batch = ImportBatch.objects.create(person=person, source="generic", label="x")
    differing = []
    for pair in load_pairs(name):
        writer = WorkWriter(batch, [])  # an empty index: each right side becomes an item of its own
        placed = writer.store_one(pair.right, is_new=True)
        assert placed is not None
        writer.write()
        index = load_index([pair.left])
        there = [known for known in index.find(pair.left) if known.item_id == placed.item.pk]
        by_id = any(index.by_id.get(one) == placed.item.pk for one in pair.left.ids.items())
        alone = MatchIndex()
        alone.add(1, pair.right)
        if bool(there) != bool(list(alone.find(pair.left))) and not by_id:
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
def test_every_lookup_has_its_index(work: ParsedWork, index_name: str) -> None:
    """With a sequential scan forbidden and the coarser indexes away, the planner takes the index made for the
    expression, or none fits it. Whichever of them is cheaper for a table without rows is chance."""
    plans: list[str] = []

    def explain(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if "library_item AS item LEFT JOIN" in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN {sql}", params)
                plans.extend(row[0] for row in cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("DROP INDEX item_kind_title_key, item_kind_best_known")  # until the test's transaction ends
    with connection.execute_wrapper(explain):
        load_index([work])
    assert any(index_name in line for line in plans)
