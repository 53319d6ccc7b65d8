"""Signed-in browsers of the three people, over the library in which the right answer can be reasoned."""

import pytest
from django.test import Client

from mediarec.library.models import Person


@pytest.fixture
def ana_client(ana: Person) -> Client:
    return sign_in(ana)


@pytest.fixture
def bo_client(bo: Person) -> Client:
    return sign_in(bo)


def sign_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client
