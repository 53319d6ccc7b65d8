"""A wish for children is met with what is made for them, or not at all."""

import uuid

import pytest

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Item, Person
from recommender.chat import turns
from recommender.chat.parsing import understand
from recommender.chat.turns import ChatAnswer
from recommender.language.children import is_for_children, match_children_request
from tests.people import make_library

THREAD = uuid.UUID(int=21)


@pytest.fixture
def library(db: None) -> None:
    make_library()


def add(title: str, genres: list[str], tags: list[str]) -> Item:
    item = Item.objects.create(
        kind="video", title=title, title_key=title.lower(), genres=genres, tags=tags, popularity=0.9, year=1990
    )
    refresh_search([item.pk])
    return item


def say(person: Person, sentence: str) -> ChatAnswer:
    return turns.answer(person.pk, THREAD, sentence)


def shown(answer: ChatAnswer) -> set[str]:
    return set(Item.objects.filter(pk__in=answer.turn.item_ids).values_list("title", flat=True))


@pytest.mark.parametrize(
    "sentence",
    [
        "clips for my kids", "something for the kids", "a kids movie", "children's songs", "a film for a ten year old",
        "a film to watch with the family", "something my daughter will like", "nothing scary for kids",
        "a child-friendly film", "music for our two little ones", "something the whole family can watch",
        "a film for our 8-year-old", "my kids love trains",
    ],
)  # fmt: skip
def test_a_request_for_children_is_recognised(db: None, sentence: str) -> None:
    assert is_for_children(understand(sentence).filters)


@pytest.mark.parametrize(
    "sentence",
    ["a film about a child", "a family drama", "nothing for kids", "no kids movies", "the kids are asleep, a thriller"],
)
def test_other_requests_are_not_for_children(db: None, sentence: str) -> None:
    assert not is_for_children(understand(sentence).filters)
    assert sentence.startswith("no") is bool({"family"} & set(understand(sentence).filters.none_words))


def test_mentioning_a_child_is_no_request_for_children() -> None:
    assert match_children_request("a song about my daughter") is None


def test_only_items_made_for_children_are_offered(ana: Person) -> None:
    add("Little Train", ["Animation"], ["trains"])
    add("Bear Songs", ["Music"], ["for children"])
    add("An Execution", ["Short", "Silent"], ["execution"])
    add("The Boss", ["Drama"], ["family", "power"])
    add("Night of Fear", ["Animation", "Horror"], ["family"])
    assert shown(say(ana, "clips for my kids")) == {"Little Train", "Bear Songs"}
    assert shown(turns.answer(ana.pk, uuid.uuid4(), "funny clips for my kids")) == {"Little Train", "Bear Songs"}


def test_the_filter_is_never_relaxed(ana: Person) -> None:
    answer = say(ana, "clips for my kids")
    assert not answer.turn.item_ids and "made for children" in answer.turn.answer
    assert not say(ana, "but funny").turn.item_ids
    playlist = turns.answer(ana.pk, uuid.uuid4(), "a playlist for my kids")
    assert not playlist.turn.item_ids and "made for children" in playlist.turn.answer


def test_an_age_is_not_read_as_old_films(db: None) -> None:
    filters = understand("a film for our 8-year-old").filters
    assert filters.year_to is None and filters.kinds == ("film",)


def test_a_standing_rule_for_children_excludes_other_items(ana: Person) -> None:
    proposed = say(ana, "from now on only kids films").proposal
    assert proposed and proposed.understood == "Films, for children, from now on."
    assert "horror" in proposed.filters.none_words


def test_the_filter_can_be_removed_by_hand(ana: Person) -> None:
    answer = say(ana, "clips for my kids")
    key = next(chip.key for chip in answer.chips if chip.label == "for children")
    assert turns.remove_chip(ana.pk, answer.turn.pk, key).turn.item_ids
