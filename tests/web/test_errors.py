"""What went wrong is a sentence with the right status, with or without a database, as a page or a message."""

from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Item


def test_it_says_that_there_is_nothing_at_an_address(ana_client: Client) -> None:
    answer = ana_client.get("/no-such-page")
    assert answer.status_code == 404
    assert b"There is no page at this address." in answer.content
    assert b"Skip to content" in answer.content
    assert b"Try again" not in answer.content, "it would not be there the next time either"


def test_a_refused_form_leads_back_to_where_it_was_sent_from(ana_client: Client) -> None:
    came_from = {"Referer": f"http://testserver{reverse('playlists')}"}
    answer = ana_client.post(reverse("playlist-add"), headers=came_from)
    assert answer.status_code == 400
    assert f'href="{came_from["Referer"]}" data-back' in answer.content.decode()
    elsewhere = ana_client.post(reverse("playlist-add"), headers={"Referer": "https://elsewhere.example/"})
    assert b"elsewhere.example" not in elsewhere.content


def test_the_address_of_a_button_is_no_blank_page(ana_client: Client) -> None:
    answer = ana_client.get(reverse("playlist-add"))
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    assert b"Home page" in answer.content


def test_it_answers_htmx_with_a_message_in_the_corner(ana_client: Client) -> None:
    answer = ana_client.get(reverse("item-detail", args=[999_999]), headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert answer["HX-Retarget"] == "#toasts"
    assert b"<html" not in answer.content


def test_a_database_that_went_away_in_a_view_is_a_sentence(ana_client: Client) -> None:
    with patch.object(Item.objects, "exists", side_effect=OperationalError("connection refused")):
        answer = ana_client.get(reverse("home"))
    assert answer.status_code == 503
    assert b"The database is not responding" in answer.content
    assert b"connection refused" not in answer.content


def test_a_database_that_is_down_from_the_start_is_a_sentence(ana_client: Client) -> None:
    ana_client.raise_request_exception = False
    with patch("django.contrib.sessions.backends.db.SessionStore.load", side_effect=OperationalError("gone")):
        answer = ana_client.get(reverse("home"))
    assert answer.status_code == 503
    assert b"The database is not responding" in answer.content


def test_a_mistake_of_ours_shows_nothing_of_the_inside(ana_client: Client) -> None:
    ana_client.raise_request_exception = False
    with patch("mediarec.web.home_rows.build_home_rows", side_effect=RuntimeError("secret inside")):
        answer = ana_client.get(reverse("home"))
    assert answer.status_code == 500
    assert b"secret inside" not in answer.content
    assert b"An error occurred" in answer.content


@pytest.mark.django_db
def test_every_page_says_what_it_may_load() -> None:
    answer = Client().get(reverse("login"))
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "object-src 'none'" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_no_page_carries_a_script_of_its_own_or_another_host(ana_client: Client, library: dict[str, Item]) -> None:
    item = reverse("item-detail", args=[library["Slow Film 9"].pk])
    for address in (reverse("home"), item, reverse("search"), reverse("imports"), reverse("chat")):
        page = ana_client.get(address).content.decode()
        assert page.count("<script") == page.count("<script src=")
        assert " onclick=" not in page
        assert "https://" not in page
