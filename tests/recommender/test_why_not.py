"""Why-not explanations name the condition that really applies."""

from __future__ import annotations

import pytest

from mediarec.library.errors import NotFoundError
from mediarec.library.interactions import record_interaction
from mediarec.library.models import Item, Person
from mediarec.library.ownership import Ownership
from recommender import pipeline
from recommender.taste import ignored_items, steering
from recommender.taste.profile import load_profile
from recommender.types import Filters, RecommendRequest
from recommender.why_not import Blocker, explain_why_not

pytestmark = pytest.mark.django_db


def test_it_names_the_interaction(ana: Person, library: dict[str, Item]) -> None:
    known = explain_why_not(ana.pk, library["Slow Film 2"].pk)
    assert known.obstacle == Blocker.KNOWN
    assert "You finished it on 3 January 2025" in known.text
    record_interaction(ana.pk, library["Slow Film 9"].pk, "hidden")
    assert explain_why_not(ana.pk, library["Slow Film 9"].pk).obstacle == Blocker.REJECTED


def test_it_names_the_rule(ana: Person, library: dict[str, Item]) -> None:
    steering.add_rule(ana.pk, "no metal", "", Filters(none_words=("metal",)))
    rule = steering.add_rule(ana.pk, "no chases please", "", Filters(none_words=("chase",)))
    told = explain_why_not(ana.pk, library["Fast Film 9"].pk)
    assert (told.obstacle, told.rule) == (Blocker.RULE, rule)
    assert "“no chases please”" in told.text


def test_it_names_exclusions_and_the_ownership_setting(ana: Person, library: dict[str, Item]) -> None:
    Item.objects.filter(pk=library["Slow Film 9"].pk).update(is_excluded=True)
    assert explain_why_not(ana.pk, library["Slow Film 9"].pk).obstacle == Blocker.EXCLUDED
    Person.objects.filter(pk=ana.pk).update(ownership=Ownership.OWNED)
    assert explain_why_not(ana.pk, library["Slow Film 8"].pk).obstacle == Blocker.OWNERSHIP


def test_it_names_the_rank_of_listed_and_unlisted_items(ana: Person, library: dict[str, Item]) -> None:
    request = RecommendRequest(ana.pk, Filters(), novelty=ana.novelty, limit=10)
    listed = [line.item_id for line in pipeline.recommend(request).items]
    assert explain_why_not(ana.pk, listed[2]).text == "It is on your list of 10, at place 3."
    missing = [item for item in library.values() if item.pk not in listed and item.title.startswith("Fast")]
    told = [explain_why_not(ana.pk, item.pk) for item in missing]
    assert {one.obstacle for one in told} <= {Blocker.RANKED_BELOW, Blocker.TOO_ALIKE, Blocker.TOO_FAR}
    assert all(one.place is not None and one.of is not None and 1 <= one.place <= one.of for one in told)
    assert Blocker.RANKED_BELOW in {one.obstacle for one in told}


def test_it_names_a_rule_for_less(ana: Person, library: dict[str, Item]) -> None:
    steering.add_rule(ana.pk, "less slow", "", Filters(less_words=("slow",)))
    listed = {line.item_id for line in pipeline.recommend(RecommendRequest(ana.pk, limit=10)).items}
    slow = next(i for i in range(12, 6, -1) if library[f"Slow Film {i}"].pk not in listed)
    assert "asked to see less of" in explain_why_not(ana.pk, library[f"Slow Film {slow}"].pk).text


def test_an_unknown_item_is_not_found(ana: Person) -> None:
    with pytest.raises(NotFoundError):
        explain_why_not(ana.pk, 10**9)


def test_an_ignored_item_is_no_cause_but_stays_known(ana: Person, library: dict[str, Item]) -> None:
    source = library["Slow Film 6"]
    before = load_profile(ana.pk)
    ignored_items.ignore_item(ana.pk, source.pk)
    profile = load_profile(ana.pk)
    assert source.pk in before.history.positive_ids
    assert source.pk not in profile.history.positive_ids
    slate = pipeline.recommend(RecommendRequest(ana.pk, limit=20))
    assert slate.items
    assert source.pk not in {line.item_id for line in slate.items}, "it was seen all the same"
    assert all(cause.item_id != source.pk for line in slate.items for cause in line.evidence)
    ignored_items.restore_item(ana.pk, source.pk)
    assert load_profile(ana.pk).history.positive_ids == before.history.positive_ids
    with pytest.raises(NotFoundError):
        ignored_items.restore_item(ana.pk, source.pk)
