"""Critiques: standing rules that change the next list and can be undone."""

from __future__ import annotations

import pytest

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Item, Kind, Person
from recommender import pipeline
from recommender.explanation.critique_options import list_critiques, toggle_critique
from recommender.models import SteeringRule
from recommender.taste import steering
from recommender.types import Filters, RecommendRequest
from tests.people import make_ana, make_cy

pytestmark = pytest.mark.django_db


def list_titles(person: Person, limit: int = 10) -> list[str]:
    request = RecommendRequest(person.pk, Filters(kinds=(Kind.FILM.value,)), novelty=0.0, limit=limit)
    return [line.title for line in pipeline.recommend(request).items]


def test_it_offers_critiques_by_the_facts_of_an_item(library: dict[str, Item]) -> None:
    keys = {aspect.key for aspect in list_critiques(make_ana().pk, library["Fast Film 9"])}
    assert {"less:chase", "more:chase", "lean:older", "lean:newer", "lean:shorter", "lean:longer"} <= keys
    assert not any(key.endswith("piano") for key in keys)


def test_it_offers_no_similarity_for_an_item_without_a_vector(library: dict[str, Item]) -> None:
    assert "like" not in {aspect.key for aspect in list_critiques(make_ana().pk, library["Fast Film 9"])}


def test_less_of_a_label_lowers_it_and_a_second_click_restores_the_list(library: dict[str, Item]) -> None:
    cy = make_cy()
    before = list_titles(cy)
    assert sum("Fast" in title for title in before) >= 3
    rule = toggle_critique(cy.pk, library["Fast Film 9"], "less:chase")
    assert rule.understood == "Less chase, from now on."
    assert sum("Fast" in title for title in list_titles(cy)) < sum("Fast" in title for title in before)
    assert not toggle_critique(cy.pk, library["Fast Film 9"], "less:chase").is_active
    assert list_titles(cy) == before


def test_older_moves_the_years_of_the_next_list(library: dict[str, Item]) -> None:
    cy = make_cy()
    years = {item.title: item.year or 0 for item in library.values()}
    before = sum(years[title] for title in list_titles(cy))
    toggle_critique(cy.pk, library["Slow Film 9"], "lean:older")
    assert sum(years[title] for title in list_titles(cy)) < before


def test_a_critique_switches_off_its_opposite(library: dict[str, Item]) -> None:
    ana = make_ana()
    toggle_critique(ana.pk, library["Slow Film 9"], "lean:older")
    toggle_critique(ana.pk, library["Slow Film 9"], "lean:newer")
    assert [rule.understood for rule in steering.active_rules(ana.pk)] == ["Newer, from now on."]
    on = {aspect.key for aspect in list_critiques(ana.pk, library["Slow Film 9"]) if aspect.is_on}
    assert on == {"lean:newer"}


def test_a_critique_of_a_label_the_work_lacks_is_refused(library: dict[str, Item]) -> None:
    ana = make_ana()
    with pytest.raises(NotUnderstoodError):
        toggle_critique(ana.pk, library["Slow Film 9"], "less:piano")
    assert not SteeringRule.objects.exists()


def test_critiques_are_per_person(library: dict[str, Item]) -> None:
    ana, cy = make_ana(), make_cy()
    before = list_titles(ana)
    toggle_critique(cy.pk, library["Fast Film 9"], "more:chase")
    assert list_titles(ana) == before
