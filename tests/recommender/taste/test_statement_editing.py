"""A person's own statements: their effect on the ranking, and that it ends when they are removed."""

import pytest

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import Person
from recommender import pipeline
from recommender.models import TasteStatement
from recommender.taste import statement_editing, statements
from recommender.types import Filters, RecommendRequest
from tests.people import make_bo


def list_ids(person: Person) -> list[int]:
    request = RecommendRequest(person.pk, Filters(kinds=("track",)), limit=6)
    return [line.item_id for line in pipeline.recommend(request).items]


def count_loud(person: Person) -> int:
    request = RecommendRequest(person.pk, Filters(kinds=("track",)), limit=3)
    return sum(line.title.startswith("Loud") for line in pipeline.recommend(request).items)


def test_an_added_sentence_raises_matching_items_and_its_negation_lowers_them(ana: Person) -> None:
    plain = count_loud(ana)
    statement = statement_editing.add_statement(ana.pk, "loud metal")
    assert count_loud(ana) > plain
    statement_editing.delete_statement(ana.pk, statement.pk)
    statement_editing.add_statement(ana.pk, "loud metal", sign=-1)
    assert count_loud(ana) < plain


def test_deleting_a_sentence_restores_the_list_exactly(ana: Person) -> None:
    statements.refresh_statements(ana.pk)
    before = list_ids(ana)
    row = statement_editing.add_statement(ana.pk, "loud metal")
    assert list_ids(ana) != before
    statement_editing.delete_statement(ana.pk, row.pk)
    assert list_ids(ana) == before


def test_switching_a_sentence_off_and_on_changes_nothing(ana: Person) -> None:
    statements.refresh_statements(ana.pk)
    before = list_ids(ana)
    row = statements.list_statements(ana.pk)[0]
    statement_editing.set_statement_enabled(ana.pk, row.pk)
    statement_editing.set_statement_enabled(ana.pk, row.pk)
    assert list_ids(ana) == before


def test_a_deleted_sentence_is_not_computed_again(ana: Person) -> None:
    row = statements.list_statements(ana.pk)[0]
    statement_editing.delete_statement(ana.pk, row.pk)
    statements.refresh_statements(ana.pk)
    assert row.pk not in {other.pk for other in statements.list_statements(ana.pk)}
    assert row.text not in {other.text for other in statements.list_statements(ana.pk)}


def test_an_edited_sentence_keeps_the_persons_words(ana: Person) -> None:
    row = statements.list_statements(ana.pk)[0]
    statement_editing.edit_statement(ana.pk, row.pk, "gentle piano music")
    statements.refresh_statements(ana.pk)
    row.refresh_from_db()
    assert row.text == "gentle piano music"
    assert "piano" in row.feature["words"] and row.evidence == []


def test_a_sentence_with_weight_zero_has_no_effect(ana: Person) -> None:
    before = list_ids(ana)
    row = statement_editing.add_statement(ana.pk, "loud metal")
    statement_editing.set_statement_weight(ana.pk, row.pk, 0)
    assert list_ids(ana) == before
    with pytest.raises(NotUnderstoodError):
        statement_editing.set_statement_weight(ana.pk, row.pk, 99)


def test_an_empty_too_long_or_duplicate_sentence_is_rejected(ana: Person) -> None:
    first, second = (
        statement_editing.add_statement(ana.pk, "loud metal"),
        statement_editing.add_statement(ana.pk, "soft piano"),
    )
    for text in ("  ", "x" * 500, first.text):
        with pytest.raises(NotUnderstoodError):
            statement_editing.edit_statement(ana.pk, second.pk, text)
    assert statement_editing.add_statement(ana.pk, "loud metal").pk == first.pk
    assert TasteStatement.objects.filter(person=ana).count() == 2


def test_nobody_changes_another_persons_sentence(ana: Person) -> None:
    row = statement_editing.add_statement(ana.pk, "loud metal")
    with pytest.raises(NotFoundError):
        statement_editing.delete_statement(make_bo().pk, row.pk)
