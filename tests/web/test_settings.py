"""Wishes, password and keys of one's own; people and the demo for the keeper."""

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library import demo
from mediarec.library.models import ApiToken, Person
from tests.web.conftest import sign_in
from worker import dispatch


@pytest.fixture
def keeper(ana: Person) -> Client:
    ana.is_staff = True
    ana.save()
    return sign_in(ana)


def test_it_keeps_the_wishes(ana: Person, ana_client: Client) -> None:
    fields = {"first_name": "Anna", "novelty": "0.8", "ownership": "owned"}
    page = ana_client.post(reverse("settings-wishes"), fields, follow=True).content.decode()
    ana.refresh_from_db()
    assert (ana.shown_name, ana.novelty, ana.ownership) == ("Anna", 0.8, "owned")
    assert "Saved." in page


def test_it_refuses_wishes_that_make_no_sense(ana: Person, ana_client: Client) -> None:
    ana_client.post(reverse("settings-wishes"), {"first_name": "Anna", "novelty": "7", "ownership": "stolen"})
    ana.refresh_from_db()
    assert (ana.first_name, ana.novelty) == ("Ana", 0.3)


def test_it_changes_the_password_and_stays_signed_in(ana: Person, ana_client: Client) -> None:
    wrong = {"old_password": "not it", "new_password1": "another long one", "new_password2": "another long one"}
    refused = ana_client.post(reverse("settings-password"), wrong)
    assert refused.status_code == 400 and "old password was entered incorrectly" in refused.content.decode()
    ana.refresh_from_db()
    assert ana.check_password("a long password")
    ana_client.post(reverse("settings-password"), {**wrong, "old_password": "a long password"})
    ana.refresh_from_db()
    assert ana.check_password("another long one")
    assert ana_client.get(reverse("settings")).status_code == 200


def test_it_shows_a_new_key_once(ana: Person, ana_client: Client) -> None:
    made = ana_client.post(reverse("token-create"), {"name": "Home automation"})
    assert made["Location"].endswith("#api"), "the key stands far down the page"
    first, second = (ana_client.get(reverse("settings")).content.decode() for _ in range(2))
    assert 'value="mr_' in first and 'value="mr_' not in second
    assert "Home automation" in second and "never used" in second
    assert ana_client.post(reverse("token-create"), {"name": " "}).status_code == 400


def test_nobody_revokes_anothers_key(ana: Person, ana_client: Client, bo: Person) -> None:
    ana_client.post(reverse("token-create"), {"name": "Home automation"})
    token = ApiToken.objects.get(person=ana)
    assert sign_in(bo).post(reverse("token-revoke", args=[token.pk])).status_code == 404
    ana_client.post(reverse("token-revoke", args=[token.pk]))
    assert not ApiToken.objects.exists()


def test_the_keeper_adds_a_member_of_the_household(keeper: Client) -> None:
    fields = {
        "username": "dana",
        "first_name": "Dana",
        "password1": "quite a long one",
        "password2": "quite a long one",
    }
    keeper.post(reverse("person-create"), fields)
    made = Person.objects.get(username="dana")
    assert made.check_password("quite a long one") and not made.is_staff
    page = keeper.post(reverse("person-create"), {**fields, "username": "eve", "password2": "other"}).content.decode()
    assert 'value="eve"' in page and "password fields didn’t match" in page
    assert not Person.objects.filter(username="eve").exists()


def test_the_keeper_loads_and_removes_the_demo(keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(dispatch, "enqueue_demo", lambda: called.append("load"))
    monkeypatch.setattr(demo, "remove_demo", lambda: called.append("remove"))
    assert keeper.post(reverse("demo-load")).status_code == 302
    assert keeper.post(reverse("demo-remove")).status_code == 302
    assert called == ["load", "remove"]


@pytest.mark.parametrize("name", ["person-create", "demo-load", "demo-remove"])
def test_only_the_keeper_may(name: str, bo: Person) -> None:
    client = sign_in(bo)
    assert client.post(reverse(name), {"username": "eve"}).status_code == 403
    page = client.get(reverse("settings")).content.decode()
    assert "Add a person" not in page and "Load the demo" not in page and "API keys" in page
