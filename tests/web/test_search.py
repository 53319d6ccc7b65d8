"""Search: by words, narrowed by filters, honest when nothing fits."""

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library import catalog
from mediarec.library.models import Item


@pytest.fixture
def indexed(library: dict[str, Item]) -> dict[str, Item]:
    catalog.refresh_search([item.pk for item in library.values()])
    return library


def look_for(client: Client, **query: str) -> str:
    answer = client.get(reverse("search-results"), query, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_finds_a_title_while_it_is_typed(ana_client: Client, indexed: dict[str, Item]) -> None:
    assert "Loud Song 7" in look_for(ana_client, q="loud so")


def test_it_finds_what_was_seen_already(ana_client: Client, indexed: dict[str, Item]) -> None:
    assert "Slow Film 1<" in look_for(ana_client, q="slow film 1")


def test_it_finds_the_works_of_a_person(ana_client: Client, indexed: dict[str, Item]) -> None:
    found = look_for(ana_client, q="City Clip Maker A")
    assert "City Clip 3" in found


def test_it_narrows_by_kind_genre_years_and_ownership(ana_client: Client, indexed: dict[str, Item]) -> None:
    assert "Slow Film" not in look_for(ana_client, q="slow", kind="track")
    metal = look_for(ana_client, genre="metal")
    assert "Loud Song" in metal
    assert "Soft Song" not in metal
    years = look_for(ana_client, kind="film", **{"from": "2000", "to": "2004"})
    assert "Slow Film 10" in years
    assert "Slow Film 9<" not in years
    assert "Nothing fits" in look_for(ana_client, q="slow", ownership="owned")


def test_it_says_when_nothing_fits(ana_client: Client, indexed: dict[str, Item]) -> None:
    found = look_for(ana_client, q="zzqqxx")
    assert "Nothing fits" in found
    assert "zzqqxx" in found


def test_it_shows_the_catalogue_before_anything_is_typed(ana_client: Client, indexed: dict[str, Item]) -> None:
    answer = ana_client.get(reverse("search"))
    assert b"Best known first" in answer.content


@pytest.mark.parametrize(
    "query",
    [
        {"q": "'; DROP TABLE library_item; --"},
        {"q": "& | ! ( :*"},
        {"q": "\x00"},
        {"q": "a" * 5000},
        {"kind": "nonsense", "from": "-1", "to": "99999999999999999999", "ownership": "?"},
        {"from": "²", "q": "x"},
    ],
)
def test_it_answers_whatever_is_typed(ana_client: Client, indexed: dict[str, Item], query: dict[str, str]) -> None:
    look_for(ana_client, **query)
    assert Item.objects.exists()


def test_it_shows_what_was_typed_as_text(ana_client: Client, indexed: dict[str, Item]) -> None:
    answer = ana_client.get(reverse("search"), {"q": "<script>alert(1)</script>"})
    assert b"<script>alert(1)" not in answer.content


def test_it_puts_what_was_typed_into_the_address(ana_client: Client, indexed: dict[str, Item]) -> None:
    answer = ana_client.get(reverse("search-results"), {"q": "loud", "kind": "track"})
    assert answer["HX-Replace-Url"] == "/search?q=loud&kind=track"
