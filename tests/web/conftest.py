"""Signed-in browsers of the three people, over the library in which the right answer can be reasoned."""

import pytest
from django.http import HttpResponseBase
from django.test import Client

from mediarec.library.models import Person


@pytest.fixture
def ana_client(ana: Person) -> Client:
    return sign_in(ana)


@pytest.fixture
def bo_client(bo: Person) -> Client:
    return sign_in(bo)


def read_text(answer: HttpResponseBase) -> str:
    """What was answered on one line, wherever its template breaks lines."""
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]


def sign_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client
