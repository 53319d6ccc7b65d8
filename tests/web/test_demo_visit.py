"""Looking at the demo as one of its people, and back."""

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo_ana() -> Person:
    return Person.objects.create(username="ana", first_name="Ana", is_demo=True)


@pytest.fixture
def keeper_client(client: Client) -> Client:
    client.force_login(Person.objects.create_superuser("lea", password="a long password"))
    return client


def whoami(client: Client) -> str:
    return Person.objects.get(pk=client.session["_auth_user_id"]).username


def test_the_keeper_looks_as_ana_and_comes_back(keeper_client: Client, demo_ana: Person) -> None:
    keeper_client.post(reverse("demo-visit"), {"person": demo_ana.pk})
    assert whoami(keeper_client) == "ana"
    assert "Back to my account" in keeper_client.get(reverse("history")).content.decode()
    keeper_client.post(reverse("demo-leave"))
    assert whoami(keeper_client) == "lea"


def test_nobody_real_can_be_visited(keeper_client: Client) -> None:
    bo = Person.objects.create_user("bo", password="a long password")
    assert keeper_client.post(reverse("demo-visit"), {"person": bo.pk}).status_code == 404
    assert whoami(keeper_client) == "lea"


def test_only_the_keeper_visits(client: Client, demo_ana: Person) -> None:
    client.force_login(Person.objects.create_user("bo", password="a long password"))
    assert client.post(reverse("demo-visit"), {"person": demo_ana.pk}).status_code == 403


def test_a_visit_that_nobody_started_leads_nowhere(client: Client, demo_ana: Person) -> None:
    client.force_login(demo_ana)
    client.post(reverse("demo-leave"))
    assert whoami(client) == "ana"
