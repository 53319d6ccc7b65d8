"""Many first-run posts at the same moment, each in a thread with a connection of its own: one owner comes of them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Person, SetupLink
from worker import setup

POSTS = 10
ROUNDS = 3
PASSWORD = "slow-films-9"
Outcome = TypeVar("Outcome")

pytestmark = pytest.mark.django_db(transaction=True)


def make_links(count: int) -> list[str]:
    """Several that are open at once, as two starts at the same moment could leave them."""
    tokens = [f"token-{number}" for number in range(count)]
    SetupLink.objects.bulk_create(SetupLink(digest=hashlib.sha256(token.encode()).hexdigest()) for token in tokens)
    return tokens


def do_at_once(act: Callable[[int], Outcome]) -> list[Outcome]:
    start = threading.Barrier(POSTS)

    def take_part(number: int) -> Outcome:
        try:
            connection.ensure_connection()
            start.wait()
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(POSTS) as threads:
        return list(threads.map(take_part, range(POSTS)))


def post(token: str, username: str) -> tuple[int, str]:
    form = {"username": username, "first_name": "", "password1": PASSWORD, "password2": PASSWORD}
    answer = Client(raise_request_exception=False).post(reverse("setup", args=[token]), form)
    return answer.status_code, answer.content.decode()


def redeem(token: str, username: str) -> Person | str:
    try:
        return setup.redeem(token, username, PASSWORD)
    except NotFoundError as error:
        return str(error)


@pytest.mark.parametrize("links", [1, 2, POSTS])
@pytest.mark.parametrize("names", [1, POSTS])
@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_of_many_posts_at_once_one_makes_the_owner_and_the_others_are_told(
    links: int, names: int, attempt: int
) -> None:
    tokens = make_links(links)
    answers = do_at_once(lambda number: post(tokens[number % links], f"person-{number % names}"))
    assert Person.objects.filter(is_superuser=True).count() == 1
    assert Person.objects.count() == 1
    assert sorted(status for status, _ in answers) == [302, *[404] * (POSTS - 1)]
    assert all("used already" in page for status, page in answers if status == 404)
    assert SetupLink.objects.filter(used_at__isnull=False).count() == 1


@pytest.mark.parametrize("links", [1, POSTS])
@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_the_stage_itself_makes_one_owner_and_uses_one_link_up(links: int, attempt: int) -> None:
    tokens = make_links(links)
    outcomes = do_at_once(lambda number: redeem(tokens[number % links], f"person-{number}"))
    owners = [outcome for outcome in outcomes if isinstance(outcome, Person)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len(owners) == 1
    assert len(refused) == POSTS - 1
    assert all("used already" in sentence for sentence in refused)
    assert list(Person.objects.filter(is_superuser=True)) == owners


def test_a_link_that_is_made_meanwhile_leaves_none_half_used() -> None:
    """`manage.py setup_link` takes the open links away while somebody posts with one of them."""
    tokens = make_links(1)

    def take_turns(number: int) -> Person | str:
        return redeem(tokens[0], f"person-{number}") if number % 2 else setup.create_setup_link()

    outcomes = do_at_once(take_turns)
    assert Person.objects.filter(is_superuser=True).count() == sum(isinstance(outcome, Person) for outcome in outcomes)
    assert Person.objects.count() <= 1
