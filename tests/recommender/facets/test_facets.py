"""Every field of the filters is merged, worded, relaxed and applied in SQL; a forgotten one fails here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from django.db.models import QuerySet

from mediarec.library.models import Item
from mediarec.library.ownership import Ownership
from recommender.chat.parsed_query import ParsedQuery, list_chips, remove_chip
from recommender.facets import (
    Facet,
    Relaxation,
    apply_facets,
    carry_over,
    find_facet,
    is_unfiltered,
    list_item_id_fields,
    list_relaxations,
    list_terms,
    merge_rule,
    remove_term,
    table,
)
from recommender.facets.facet import ValueTerms
from recommender.facets.merging import union
from recommender.retrieval.filters import filter_items
from recommender.types import Filters
from tests.people import make_cy, make_library

# One value of each field; a new field needs a line here, and then holds what the tests below say of every field.
ASKED: dict[str, Any] = {
    "kinds": ("film", "track"),
    "any_words": ("slow", "quiet"),
    "all_words": ("drama",),
    "none_words": ("metal",),
    "less_words": ("loud",),
    "more_words": ("gentle",),
    "leans": ("older",),
    "like_ids": (3,),
    "unlike_ids": (4,),
    "people": ("Nick Cave",),
    "no_people": ("Slow Film Maker A",),
    "languages": ("fr",),
    "no_languages": ("en",),
    "year_from": 1970,
    "year_to": 1980,
    "no_years": ((1980, 1989),),
    "runtime_from_seconds": 600,
    "runtime_to_seconds": 5400,
    "ownership": Ownership.NOT_OWNED,
    "exclude_ids": (1, 2),
    "include_seen": True,
}
NAMES = [f.name for f in fields(Filters)]
ONLY_RANK = {"less_words", "more_words", "leans", "like_ids", "unlike_ids"}
WITHOUT_TERMS = {"leans", "like_ids", "unlike_ids", "exclude_ids"}  # a rule, a title or a button says these
NOT_OF_THE_ITEM = {"include_seen"}  # what a person knows is left out elsewhere


def ask(name: str) -> Filters:
    return Filters(**{name: ASKED[name]})


def test_every_field_belongs_to_one_facet_and_has_a_value_here() -> None:
    assert Counter(name for facet in table.FACETS for name in facet.fields) == Counter(NAMES)
    assert set(ASKED) == set(NAMES)
    assert all(ask(name) != Filters() for name in NAMES)


def test_no_two_facets_share_a_key_or_a_relaxation_order() -> None:
    keys = Counter(terms.key for facet in table.FACETS for terms in facet.terms)
    orders = Counter(facet.relaxation.order for facet in table.FACETS if facet.relaxation)
    assert max(keys.values()) == max(orders.values()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_sets_its_value_in_a_request_without_one(name: str) -> None:
    merged = merge_rule(Filters(), ask(name), Filters())
    assert merged == (Filters() if name == "include_seen" else ask(name))
    assert merge_rule(ask(name), Filters(), ask(name)) == ask(name), "and takes none away"


@pytest.mark.parametrize("name", NAMES)
def test_a_follow_up_sentence_keeps_a_value_and_may_set_one(name: str) -> None:
    assert carry_over(ask(name), Filters()) == ask(name)
    assert carry_over(Filters(), ask(name)) == ask(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_value_is_stored_and_read_back(name: str) -> None:
    assert Filters.from_json(ask(name).to_json()) == ask(name)


@pytest.mark.parametrize("name", sorted(set(NAMES) - WITHOUT_TERMS))
def test_a_value_is_worded_and_can_be_removed_by_its_term(name: str) -> None:
    terms = list_terms(ask(name))
    assert terms
    filters = ask(name)
    for term in terms:
        filters = remove_term(filters, term.key)
    assert filters == Filters()
    assert remove_term(ask(name), "nothing:of the kind") == ask(name)


@pytest.mark.parametrize("name", sorted(set(NAMES) - ONLY_RANK - {"exclude_ids", "include_seen"}))
def test_a_value_that_excludes_can_be_relaxed(name: str) -> None:
    ((label, relaxed),) = list_relaxations(replace(ask(name), include_seen=True))
    assert label
    assert relaxed == Filters(include_seen=True)


@pytest.mark.django_db
def test_a_value_excludes_items_or_only_ranks() -> None:
    make_library()
    everything = Item.objects.all()
    for name in NAMES:
        restricted = apply_facets(everything, ask(name))
        shuts_out = name not in ONLY_RANK | NOT_OF_THE_ITEM
        assert (str(restricted.query) != str(everything.query)) == shuts_out, name
        assert restricted.count() <= everything.count(), name


@pytest.mark.parametrize("name", ["none_words", "less_words", "no_people", "no_languages"])
def test_a_rule_does_not_refuse_what_is_requested(name: str) -> None:
    wanted = {"none_words": "any_words", "less_words": "all_words", "no_people": "people", "no_languages": "languages"}
    said: dict[str, Any] = {wanted[name]: (str(ASKED[name][0]).upper(),)}
    asked = Filters(**said)
    assert merge_rule(asked, ask(name), asked) == asked


def test_new_bounds_replace_a_range_they_contradict_and_narrow_others() -> None:
    seventies = Filters(year_from=1970, year_to=1979, runtime_to_seconds=5400)
    assert carry_over(seventies, Filters(year_to=1959)) == Filters(year_to=1959, runtime_to_seconds=5400)
    assert carry_over(seventies, Filters(year_to=1975)) == replace(seventies, year_to=1975)


def test_a_refused_value_is_no_longer_requested() -> None:
    assert carry_over(Filters(any_words=("jazz", "funk")), Filters(none_words=("funk",))).any_words == ("jazz",)


def test_fields_with_item_ids_are_listed_for_archives() -> None:
    assert set(list_item_id_fields()) == {"exclude_ids", "like_ids", "unlike_ids"}


def test_only_narrowing_facets_make_a_request_filtered() -> None:
    narrow = {name for name in NAMES if not is_unfiltered(ask(name))}
    exceptions = {"kinds", "none_words", "no_people", "ownership", "exclude_ids", "include_seen"}
    assert narrow == set(NAMES) - ONLY_RANK - exceptions


@dataclass(frozen=True)
class FiltersWithTitles(Filters):
    """As if somebody had added a field."""

    title_beginnings: tuple[str, ...] = ()


def begin_with(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    assert isinstance(filters, FiltersWithTitles)
    return items.filter(title__startswith=filters.title_beginnings[0])


@pytest.mark.django_db
def test_a_new_field_needs_only_a_facet(monkeypatch: pytest.MonkeyPatch) -> None:
    beginnings = Facet(
        {"title_beginnings": union},
        terms=(ValueTerms("begins", "title_beginnings", lambda group: f"begins with {group[0]}"),),
        restrict=begin_with,
        narrows=True,
        relaxation=Relaxation(20, "the first letters “{}”"),
    )
    monkeypatch.setattr(table, "FACETS", (*table.FACETS, beginnings))
    nothing, asked = FiltersWithTitles(), FiltersWithTitles(title_beginnings=("Slow",))
    assert find_facet("title_beginnings") is beginnings
    assert merge_rule(nothing, asked, nothing) == carry_over(asked, nothing) == asked
    assert FiltersWithTitles.from_json(asked.to_json()) == asked
    assert not is_unfiltered(asked)
    assert ("the first letters “Slow”", nothing) in list_relaxations(asked)
    parsed = ParsedQuery(filters=asked)
    (chip,) = list_chips(parsed)
    assert (chip.key, chip.label) == ("begins:Slow", "begins with Slow")
    assert remove_chip(parsed, chip.key).filters == nothing
    make_library()
    found = filter_items(asked, make_cy().pk).values_list("title", flat=True)
    assert len(found) == 12 and all(title.startswith("Slow Film") for title in found)
