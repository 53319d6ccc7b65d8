"""The first-run link: makes the owner's account, once."""

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Person
from worker.setup import create_setup_link

GOOD = {"username": "dee", "first_name": "Dee", "password1": "slow-films-9", "password2": "slow-films-9"}

pytestmark = pytest.mark.django_db


def test_it_shows_the_password_rules() -> None:
    page = Client().get(reverse("setup", args=[create_setup_link()])).content.decode()
    assert "at least 8 characters" in page


def test_it_makes_the_owner_and_signs_in() -> None:
    client = Client()
    answer = client.post(reverse("setup", args=[create_setup_link()]), GOOD)
    assert answer["Location"] == reverse("home")
    owner = Person.objects.get(username="dee")
    assert owner.is_superuser
    assert owner.is_staff
    assert owner.shown_name == "Dee"
    assert client.get(reverse("home")).status_code == 200


def test_it_opens_only_once() -> None:
    address = reverse("setup", args=[create_setup_link()])
    Client().post(address, GOOD)
    for answer in (Client().get(address), Client().post(address, {**GOOD, "username": "eve"})):
        assert answer.status_code == 404
        assert b"used already" in answer.content
    assert not Person.objects.filter(username="eve").exists()


def test_it_refuses_a_link_that_was_never_given() -> None:
    assert Client().get(reverse("setup", args=["guessed"])).status_code == 404


def test_it_keeps_the_link_open_after_a_weak_password() -> None:
    address = reverse("setup", args=[create_setup_link()])
    answer = Client().post(address, {**GOOD, "password1": "12345", "password2": "12345"})
    assert answer.status_code == 400
    assert b"too short" in answer.content
    assert not Person.objects.exists()
    assert Client().get(address).status_code == 200


def test_it_refuses_a_form_without_the_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("setup", args=[create_setup_link()]), GOOD).status_code == 403
    assert not Person.objects.exists()
