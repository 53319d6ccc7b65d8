"""Signed-in browsers of the three people, over the library in which the right answer can be reasoned."""

import pytest
from django.test import Client

from mediarec.library.models import Item, Person
from tests.people import make_ana, make_bo, make_cy, make_library


@pytest.fixture
def library(db: None) -> dict[str, Item]:
    return make_library()


@pytest.fixture
def ana(library: dict[str, Item]) -> Person:
    return make_ana()


@pytest.fixture
def bo(library: dict[str, Item]) -> Person:
    return make_bo()


@pytest.fixture
def cy(library: dict[str, Item]) -> Person:
    return make_cy()


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
