"""Answering a reason on a page: chips, works that no longer count, and why something is not there."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mediarec.library.models import Item, Person
from recommender.explanation import llm_wording
from recommender.explanation.llm_wording import Wording
from recommender.models import SteeringRule, UnusedItem
from tests.web.conftest import read_text

HTMX = {"hx-request": "true"}


def test_the_page_of_a_work_shows_shares_and_chips(ana_client: Client, library: dict[str, Item]) -> None:
    page = ana_client.get(reverse("item-detail", args=[library["Slow Film 9"].pk])).content.decode()
    assert "of the recommendation" in page
    assert "Less slow" in page
    assert "Ignore Slow Film" in page


def test_a_page_asks_for_the_reasons_in_a_sentence_where_there_is_a_model(
    ana_client: Client, library: dict[str, Item], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, told = library["Slow Film 9"], "It is slow, as you like it."
    page, asked = reverse("item-detail", args=[item.pk]), reverse("item-wording", args=[item.pk])
    assert asked not in ana_client.get(page).content.decode()
    assert ana_client.get(asked).content.strip() == b""
    settings.LLM_URL = "http://127.0.0.1:1/v1"
    assert asked in ana_client.get(page).content.decode()
    monkeypatch.setattr(llm_wording, "reword_reasons", lambda item, causes: Wording(told, "small & true"))
    answer = ana_client.get(asked).content.decode()
    assert told in answer and "Written by small &amp; true" in answer


def test_a_chip_becomes_a_rule_that_undo_takes_back(ana_client: Client, ana: Person, library: dict[str, Item]) -> None:
    item = library["Fast Film 9"]
    address = reverse("aspect-press", args=[item.pk])
    answer = read_text(ana_client.post(address, {"aspect": "less:chase"}, headers=HTMX))
    assert "Less chase, from now on." in answer
    assert 'value="less:chase" aria-pressed="true"' in answer
    assert "Undo" in answer
    assert SteeringRule.objects.get(person=ana).is_active
    ana_client.post(address, {"aspect": "less:chase"}, headers=HTMX)
    assert not SteeringRule.objects.get(person=ana).is_active


def test_it_works_without_scripts(ana_client: Client, library: dict[str, Item]) -> None:
    item = library["Fast Film 9"]
    answer = ana_client.post(reverse("aspect-press", args=[item.pk]), {"aspect": "lean:older"})
    assert answer["Location"] == reverse("item-detail", args=[item.pk])
    told = ana_client.get(reverse("why-not", args=[item.pk]), follow=True).content.decode()
    assert "Its score gives it place" in told or "It is on your list" in told


def test_a_card_shows_its_chips_and_a_press_draws_the_row_anew(ana_client: Client, library: dict[str, Item]) -> None:
    item = library["Slow Film 9"]
    chips = ana_client.get(reverse("item-aspects", args=[item.pk]), {"row": "for-you"}).content.decode()
    assert 'hx-target="#items-for-you"' in chips
    row = ana_client.post(
        reverse("aspect-press", args=[item.pk]), {"aspect": "less:slow", "row": "for-you"}, headers=HTMX
    ).content.decode()
    assert "Less slow, from now on." in row
    assert 'class="card ' in row


def test_an_invalid_critique_is_refused_with_a_sentence(ana_client: Client, library: dict[str, Item]) -> None:
    answer = ana_client.post(reverse("aspect-press", args=[library["Slow Film 9"].pk]), {"aspect": "less:<b>"})
    assert answer.status_code == 400
    assert "cannot be answered like that" in answer.content.decode()


def test_a_work_can_stop_to_count_and_is_listed_under_taste(
    ana_client: Client, ana: Person, library: dict[str, Item]
) -> None:
    source, shown = library["Slow Film 6"], library["Slow Film 9"]
    address = reverse("item-unuse", args=[source.pk])
    answer = ana_client.post(address, {"act": "stop", "shown": shown.pk}, headers=HTMX).content.decode()
    assert "is now ignored for your taste" in answer
    assert "Open Slow Film 6" not in answer
    assert UnusedItem.objects.get(person=ana).item == source
    page = ana_client.get(reverse("taste")).content.decode()
    assert "Use again" in page
    ana_client.post(address, {"act": "again"})
    assert not UnusedItem.objects.exists()
