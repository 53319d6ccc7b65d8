"""Outliers are reported, few and only with enough evidence; verdicts are stored and can be undone."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.doubtful import measure, slip_in
from mediarec.library.errors import NotFoundError
from mediarec.library.models import Credit, Interaction, InteractionType, Item, Kind, Person, Role
from recommender import pipeline
from recommender.models import Embedding, EmbeddingSpace, EventVerdict, Modality
from recommender.taste import outlier_review, statements
from recommender.taste.outliers import find_outliers
from recommender.taste.profile import load_profile
from recommender.types import RecommendRequest
from tests.people import START, make_contributor
from tests.recommender.checkerboard import DIMS, make_person, make_space

ODD = (13, 29)
SEEN = 40


def make_rows(count: int, odd: tuple[int, ...] = ODD) -> NDArray[np.float32]:
    """All vectors point in one direction except those of the outliers."""
    random = np.random.default_rng(9)
    rows = np.tile(np.eye(DIMS)[0], (count, 1)) + 0.3 * random.standard_normal((count, DIMS))
    for row in odd:
        rows[row] = -np.eye(DIMS)[0] + 0.1 * random.standard_normal(DIMS)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


NOWHERE = np.zeros(DIMS, dtype=np.float32)


def test_an_outlier_in_both_spaces_is_found() -> None:
    rows = make_rows(SEEN)
    assert sorted(doubt.row for doubt in find_outliers(rows, rows, NOWHERE, NOWHERE)) == list(ODD)


def test_an_outlier_in_only_one_space_is_not_reported() -> None:
    taste, text = make_rows(SEEN), make_rows(SEEN, odd=())
    text[list(ODD)] = text.mean(axis=0)  # as typical as can be
    assert not {doubt.row for doubt in find_outliers(taste, text, NOWHERE, NOWHERE)} & set(ODD)


def test_no_outliers_are_reported_below_twenty_events() -> None:
    rows = make_rows(19, odd=(13,))
    assert find_outliers(rows, rows, NOWHERE, NOWHERE) == []


@pytest.mark.parametrize("count", [20, 59, 100])
def test_at_most_a_twentieth_of_the_events_is_reported(count: int) -> None:
    rows = make_rows(count, odd=tuple(range(0, count, 7)))
    assert len(find_outliers(rows, rows, NOWHERE, NOWHERE)) <= count // 20


def test_a_history_of_one_repeated_item_has_no_outliers() -> None:
    rows = np.tile(np.eye(DIMS, dtype=np.float32)[0], (30, 1))
    assert find_outliers(rows, rows, NOWHERE, NOWHERE) == []


def test_the_benchmark_inserts_a_tenth_and_counts_the_detected() -> None:
    mixed, slipped = slip_in(np.arange(50), 200, np.random.default_rng(1))
    assert len(mixed) == 55 and slipped.sum() == 5
    assert mixed[~slipped].tolist() == list(range(50))
    oddity = np.where(slipped, 9.0, 0.0)
    counted = measure(slipped, slipped, oddity)
    assert counted["as_served"] == {"found": 1.0, "true_events_doubted": 0.0, "listed_that_were_slipped_in": 1.0}
    assert counted["at_5_percent_true_events_doubted"]["found"] == 1.0


@pytest.fixture
def person(db: None) -> Person:
    """A history of forty items of one group and two of another, and as many of both left to recommend."""
    text = make_space(Modality.TEXT)
    taste = EmbeddingSpace.objects.create(
        modality=Modality.TASTE, encoder="made-up taste", version="1", dims=DIMS, is_serving=True
    )
    rows = np.concatenate([make_rows(SEEN), make_rows(20, odd=tuple(range(10)))])
    films = Item.objects.bulk_create(
        Item(
            kind=Kind.FILM,
            title=f"{'Loud' if row[0] < 0 else 'Slow'} {number}",
            title_key=f"film {number}",
            genres=["metal" if row[0] < 0 else "drama"],
        )
        for number, row in enumerate(rows)
    )
    Embedding.objects.bulk_create(
        Embedding(space=space, item=film, content_hash=film.title, vector=row.tolist())
        for space in (text, taste)
        for film, row in zip(films, rows, strict=True)
    )
    maker = make_contributor("Kim Both")  # enough of their films for a statement, until one is gone
    Credit.objects.bulk_create(Credit(item=films[row], contributor=maker, role=Role.DIRECTOR) for row in (5, *ODD))
    pat = make_person()
    Interaction.objects.bulk_create(
        Interaction(person=pat, item=film, what=InteractionType.FINISHED, occurred_at=START + timedelta(days=day))
        for day, film in enumerate(films[:SEEN])
    )
    return pat


def list_titles(person: Person) -> list[str]:
    return sorted(event.item.title for event in outlier_review.list_outliers(person.pk).interactions)


def list_recommended(person: Person) -> list[tuple[str, float]]:
    slate = pipeline.recommend(RecommendRequest(person.pk, limit=15))
    return [(line.title, line.score) for line in slate.items]


def read_statements(person: Person) -> list[str]:
    return [statement.text for statement in statements.list_statements(person.pk)]


def test_the_outliers_of_a_person_are_listed(person: Person) -> None:
    assert list_titles(person) == ["Loud 13", "Loud 29"]
    assert outlier_review.list_outliers(person.pk).compared == SEEN


def test_repeated_events_are_not_reported(person: Person) -> None:
    film = Item.objects.get(title="Loud 13")
    Interaction.objects.create(
        person=person, item=film, what=InteractionType.PLAYED, occurred_at=START + timedelta(days=60)
    )
    assert "Loud 13" not in list_titles(person)


def test_taste_and_recommendations_after_an_undo_are_exactly_as_before(person: Person) -> None:
    before, sentences, weights = list_recommended(person), read_statements(person), load_profile(person.pk).affinities
    ids = [event.pk for event in outlier_review.list_outliers(person.pk).interactions]
    assert outlier_review.record_verdict(person.pk, ids, is_mine=False) == 2
    without = load_profile(person.pk)
    assert len(without.history.events) == SEEN - 2 and "metal" not in without.affinities
    assert list_recommended(person) != before
    assert read_statements(person) != sentences
    assert {event.pk for event in outlier_review.list_rejected(person.pk)} == set(ids)
    outlier_review.undo_verdicts(person.pk, ids)
    assert load_profile(person.pk).affinities == weights
    assert list_recommended(person) == before
    assert read_statements(person) == sentences
    assert list_titles(person) == ["Loud 13", "Loud 29"]


def test_restoring_one_event_while_withdrawing_another_changes_the_history(person: Person) -> None:
    first, second = (event.pk for event in outlier_review.list_outliers(person.pk).interactions)
    outlier_review.record_verdict(person.pk, [first], is_mine=False)
    load_profile(person.pk)
    outlier_review.undo_verdicts(person.pk, [first])
    outlier_review.record_verdict(person.pk, [second], is_mine=False)
    withdrawn_id = Interaction.objects.get(pk=second).item_id
    assert withdrawn_id not in load_profile(person.pk).history.positive_ids


def test_confirming_an_event_is_stored_and_changes_nothing_else(person: Person) -> None:
    before = list_recommended(person)
    (loud, _) = outlier_review.list_outliers(person.pk).interactions
    outlier_review.record_verdict(person.pk, [loud.pk], is_mine=True)
    assert loud.item.title not in list_titles(person)
    assert list_recommended(person) == before
    assert outlier_review.list_rejected(person.pk) == []


def test_nobody_records_verdicts_for_another_person(person: Person) -> None:
    (loud, _) = outlier_review.list_outliers(person.pk).interactions
    other = make_person("other")
    with pytest.raises(NotFoundError):
        outlier_review.record_verdict(other.pk, [loud.pk], is_mine=False)
    assert not EventVerdict.objects.exists()
    assert outlier_review.list_outliers(other.pk).interactions == ()
