"""Years that are refused: left out where they are known, wanted nowhere, and taken back like every other refusal."""

from datetime import date

import pytest

from mediarec.library.models import Item
from mediarec.library.ownership import Ownership
from recommender.chat.dialogue_state import DialogueState
from recommender.chat.parsed_query import Intent, ParsedQuery, list_chips, remove_chip
from recommender.chat.parsing import understand
from recommender.retrieval.filters import filter_items
from recommender.retrieval.relaxation import explain_no_results
from recommender.types import Filters
from tests.people import make_cy, make_library

TODAY = date(2026, 11, 1)


def read(sentence: str) -> ParsedQuery:
    return understand(sentence, None, frozenset(), TODAY)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sentence", "refused", "low", "high"),
    [
        ("no films from the 80s", ((1980, 1989),), None, None),
        ("a film, but not from the nineties", ((1990, 1999),), None, None),
        ("films, nothing from 1994", ((1994, 1994),), None, None),
        ("anything but 80s films", ((1980, 1989),), None, None),
        ("a film from the 70s, not the 80s", ((1980, 1989),), 1970, 1979),
        ("films, nothing recent please", (), None, 2020),
        ("no westerns from the 80s", (), 1980, 1989),  # the westerns are refused
        ("nothing older than 1980", (), 1980, None),
        ("a film from the 80s", (), 1980, 1989),
        ("less from the 80s", (), 1980, 1989),
    ],
)
def test_a_negation_applies_to_years_where_nothing_else_is_negated(
    sentence: str, refused: tuple[tuple[int, int], ...], low: int | None, high: int | None
) -> None:
    filters = read(sentence).filters
    assert (filters.no_years, filters.year_from, filters.year_to) == (refused, low, high)


@pytest.mark.django_db
def test_the_kind_next_to_refused_years_is_requested() -> None:
    wish = read("no films from the 80s")
    assert wish.filters.kinds == ("film",) and wish.intent == Intent.RECOMMEND
    assert [chip.label for chip in list_chips(wish)] == ["films", "not 1980–1989"]


@pytest.mark.django_db
def test_it_is_a_chip_that_can_be_removed_and_survives_storing() -> None:
    wish = ParsedQuery.from_json(read("no films from the 80s").to_json())
    assert wish.filters.no_years == ((1980, 1989),)
    assert remove_chip(wish, "no_years:1980-1989").filters == Filters(kinds=("film",))


@pytest.mark.django_db
def test_refused_years_accumulate_over_turns() -> None:
    first = read("no films from the 80s")
    then = understand("and nothing from the 90s", DialogueState(query=first), frozenset(), TODAY)
    assert then.filters.no_years == ((1980, 1989), (1990, 1999))


@pytest.mark.django_db
def test_refused_years_are_excluded_and_unknown_ones_are_kept() -> None:
    make_library()
    unknown = Item.objects.create(kind="film", title="No Year", title_key="no year")
    found = filter_items(Filters(kinds=("film",), no_years=((1980, 1989),)), make_cy().pk)
    years = set(found.values_list("year", flat=True))
    assert found.filter(pk=unknown.pk).exists()
    assert years & set(range(1970, 1980)) and not years & set(range(1980, 1990))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (Filters(kinds=("film",), no_years=((1900, 2100),)), "leaving out years"),
        (Filters(kinds=("film",), no_languages=("en",)), "leaving out languages"),
    ],
)
def test_an_empty_answer_names_the_refusal_that_caused_it(filters: Filters, said: str) -> None:
    make_library()
    Item.objects.update(language="en")
    assert f"Without {said}, 24 items do." in explain_no_results(filters, make_cy().pk)
    assert filters.ownership == Ownership.ANY
