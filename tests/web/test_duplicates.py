"""A pair is shown with its reasons; the same merges both, different keeps both; only the keeper is asked."""

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Item, Person
from recommender.models import SameThing
from tests.web.conftest import sign_in


@pytest.fixture
def keeper(ana: Person) -> Client:
    ana.is_staff = True
    ana.save()
    return sign_in(ana)


@pytest.fixture
def pair(library: dict[str, Item]) -> SameThing:
    return SameThing.objects.create(
        first=library["City Clip 1"], second=library["City Clip 2"], reasons=["They are equally long."], score=0.7
    )


def test_it_shows_pairs_and_why(keeper: Client, pair: SameThing) -> None:
    page = keeper.get(reverse("duplicates")).content.decode()
    assert "City Clip 1" in page and "City Clip 2" in page and "They are equally long." in page


def test_the_same_becomes_one_work(keeper: Client, pair: SameThing) -> None:
    keeper.post(reverse("duplicates-answer", args=[pair.pk]), {"answer": "same"})
    assert not Item.objects.filter(title="City Clip 2").exists()
    assert not SameThing.objects.exists()


def test_a_pair_marked_as_different_stays_two_items(keeper: Client, pair: SameThing) -> None:
    keeper.post(reverse("duplicates-answer", args=[pair.pk]), {"answer": "different"})
    assert Item.objects.filter(title__in=("City Clip 1", "City Clip 2")).count() == 2
    assert "No duplicates found" in keeper.get(reverse("duplicates")).content.decode()


def test_looking_again_says_what_it_found(keeper: Client) -> None:
    answer = keeper.post(reverse("duplicates-look"), follow=True)
    assert "No new duplicates found." in answer.content.decode()


def test_only_the_keeper_decides(bo_client: Client, pair: SameThing) -> None:
    assert bo_client.get(reverse("duplicates")).status_code == 403
    assert bo_client.post(reverse("duplicates-answer", args=[pair.pk]), {"answer": "same"}).status_code == 403
    assert Item.objects.filter(title="City Clip 2").exists()
