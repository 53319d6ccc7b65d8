"""Search: by words, narrowed by filters, honest when nothing fits."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from mediarec.library import item_lookup
from mediarec.library.models import Item, Person
from recommender.enrichment.passages import ExtractedText, store_passages
from tests.media import picture_bytes
from tests.web.conftest import sign_in


@pytest.fixture
def indexed(library: dict[str, Item]) -> dict[str, Item]:
    item_lookup.refresh_search([item.pk for item in library.values()])
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
    assert "No results" in look_for(ana_client, q="slow", ownership="owned")


def test_it_says_when_nothing_fits(ana_client: Client, indexed: dict[str, Item]) -> None:
    found = look_for(ana_client, q="zzqqxx")
    assert "No results" in found
    assert "zzqqxx" in found


def test_it_shows_the_catalogue_before_anything_is_typed(ana_client: Client, indexed: dict[str, Item]) -> None:
    assert b"most popular first" in ana_client.get(reverse("search")).content
    Item.objects.update(popularity=0)
    assert b"by name" in ana_client.get(reverse("search")).content, "nothing is known about who knows it"


def test_the_whole_catalogue_can_be_leafed_through(
    ana_client: Client, indexed: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediarec.web.pages.search.SHOWN_RESULTS", 5)
    shown = [ana_client.get(reverse("search"), {"page": page, "kind": "film"}).content.decode() for page in (1, 2)]
    titles = [set(re.findall(r'class="card-title"[^>]*>([^<]+)<', page)) for page in shown]
    assert "&amp;kind=film" in shown[0] and titles[0] and titles[1]
    assert not titles[0] & titles[1]


def test_an_empty_library_is_no_matter_of_filters(cy: Person) -> None:
    Item.objects.all().delete()
    client = sign_in(cy)
    assert "Your library is empty" in client.get(reverse("search")).content.decode()
    assert "No titles match these filters" in client.get(reverse("search"), {"kind": "film"}).content.decode()


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


def test_it_says_what_a_result_was_found_by(ana_client: Client, indexed: dict[str, Item]) -> None:
    assert "Matched on title" in look_for(ana_client, q="loud song 7")
    assert "Matched on people" in look_for(ana_client, q="City Clip Maker A")
    assert "Matched on genres and tags" in look_for(ana_client, q="explosions")


def test_it_finds_words_said_in_a_film_with_their_time(ana_client: Client, indexed: dict[str, Item]) -> None:
    item = indexed["Slow Film 8"]
    with transaction.atomic():
        store_passages(
            item.pk, ["subtitles"], [ExtractedText("subtitles", "Nobody winds the <b>clock</b>.", 2472.4, "en")]
        )
    found = look_for(ana_client, q="winding the clock")
    assert "Slow Film 8" in found
    assert "Matched on subtitles 00:41:12" in found
    assert "<b>clock" not in found  # words of media are data, never markup


def test_it_says_when_a_picture_cannot_be_compared_yet(ana_client: Client, library: dict[str, Item]) -> None:
    picture = SimpleUploadedFile("poster.png", picture_bytes(), "image/png")
    found = ana_client.post(reverse("search-by-picture"), {"picture": picture}, headers={"HX-Request": "true"})
    assert "Pictures cannot be compared yet" in found.content.decode()


def test_it_says_when_an_upload_is_no_picture(ana_client: Client, library: dict[str, Item]) -> None:
    upload = SimpleUploadedFile("poster.png", b"not a picture", "image/png")
    found = ana_client.post(reverse("search-by-picture"), {"picture": upload})
    assert "The picture cannot be read: it is none of JPEG, PNG" in found.content.decode()
    assert "Choose a picture first" in ana_client.post(reverse("search-by-picture")).content.decode()


def test_it_takes_like_a_work_but_older(ana_client: Client, indexed: dict[str, Item]) -> None:
    found = look_for(ana_client, q="like Slow Film 6 but older")
    assert "Like “Slow Film 6 (1984)”, but older." in found


@pytest.mark.parametrize("year", ["01900" + "0" * 5000, "1900" + "0" * 10, "-1950", "١٩٥٠", "19 50", "1e3"])
def test_a_year_that_is_none_narrows_nothing(ana_client: Client, year: str) -> None:
    answer = ana_client.get(reverse("search"), {"from": year, "to": year})
    assert answer.status_code == 200
    assert "Slow Film 1" in answer.content.decode()
