"""Like, dislike, seen, hide and rate: recorded, undone, and followed by the very next page."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Interaction, Item, Person
from tests.web.conftest import read_text

HTMX = {"HX-Request": "true"}


def act(client: Client, item: Item, what: str, **more: str) -> str:
    address = reverse("item-act", args=[item.pk])
    answer = client.post(address, {"what": what, **more}, headers=HTMX)
    assert answer.status_code == 200
    return read_text(answer)


def find_standing(person: Person, item: Item) -> list[str]:
    rows = Interaction.objects.filter(person=person, item=item, withdrawn_at__isnull=True)
    return list(rows.values_list("what", flat=True))


@pytest.mark.parametrize("what", ["hidden", "disliked", "finished", "liked"])
def test_it_takes_the_work_off_the_next_page(
    ana_client: Client, ana: Person, library: dict[str, Item], what: str
) -> None:
    item = library["Slow Film 9"]
    link = f'href="{reverse("item-detail", args=[item.pk])}"'
    assert link in ana_client.get(reverse("home")).content.decode()
    act(ana_client, item, what)
    assert find_standing(ana, item) == [what]
    assert link not in ana_client.get(reverse("home")).content.decode()


def test_it_offers_an_undo_that_brings_the_work_back(ana_client: Client, ana: Person, library: dict[str, Item]) -> None:
    item = library["Slow Film 9"]
    undo = re.search(r'action="(/interactions/\d+/undo)"', act(ana_client, item, "hidden"))
    assert undo
    ana_client.post(undo[1], headers=HTMX)
    assert find_standing(ana, item) == []
    assert "Slow Film 9" in ana_client.get(reverse("home")).content.decode()


def test_it_draws_the_whole_row_anew_without_the_work(ana_client: Client, library: dict[str, Item]) -> None:
    ana_client.get(reverse("home"))
    row = act(ana_client, library["Slow Film 9"], "hidden", row="for-you")
    assert "Slow Film 9" not in row
    assert row.count('class="card ') > 1
    assert "Undo" in row


def test_it_takes_a_mark_back_on_the_second_click(ana_client: Client, ana: Person, library: dict[str, Item]) -> None:
    item = library["Loud Song 3"]
    pressed = act(ana_client, item, "liked", place="item")
    assert 'value="liked" aria-pressed="true"' in pressed
    again = act(ana_client, item, "liked", place="item")
    assert 'value="liked" aria-pressed="false"' in again
    assert find_standing(ana, item) == []


def test_it_never_takes_back_what_was_imported(ana_client: Client, ana: Person, library: dict[str, Item]) -> None:
    item = library["Slow Film 1"]
    Interaction.objects.filter(person=ana, item=item).update(origin="import")
    act(ana_client, item, "finished", place="item")
    assert find_standing(ana, item) == ["finished", "finished"]
    act(ana_client, item, "finished", place="item")
    assert find_standing(ana, item) == ["finished"]


def test_it_keeps_half_stars(ana_client: Client, ana: Person, library: dict[str, Item]) -> None:
    item = library["Fast Film 2"]
    assert "Your rating: 3.5" in act(ana_client, item, "rated", stars="3.5", place="item")
    assert Interaction.objects.get(person=ana, item=item, what="rated").value == pytest.approx(0.7)


@pytest.mark.parametrize("stars", ["0", "3.3", "6", "many", "nan", ""])
def test_it_refuses_a_rating_that_is_none(
    ana_client: Client, ana: Person, library: dict[str, Item], stars: str
) -> None:
    item = library["Fast Film 2"]
    address = reverse("item-act", args=[item.pk])
    answer = ana_client.post(address, {"what": "rated", "stars": stars}, headers=HTMX)
    assert answer.status_code == 400
    assert answer["HX-Retarget"] == "#toasts"
    assert b"half a star and five stars" in answer.content
    assert find_standing(ana, item) == []


def test_it_refuses_an_unknown_deed_and_an_unknown_work(ana_client: Client, library: dict[str, Item]) -> None:
    known = reverse("item-act", args=[library["Fast Film 2"].pk])
    assert ana_client.post(known, {"what": "eaten"}).status_code == 400
    assert ana_client.post(reverse("item-act", args=[999_999]), {"what": "liked"}).status_code == 404


def test_it_works_without_scripts_and_goes_back_where_it_came_from(
    ana_client: Client, ana: Person, library: dict[str, Item]
) -> None:
    address = reverse("item-act", args=[library["Slow Film 9"].pk])
    answer = ana_client.post(address, {"what": "liked", "next": "/search?q=slow"})
    assert answer["Location"] == "/search?q=slow"
    page = ana_client.get(reverse("home")).content.decode()
    assert "Liked: Slow Film 9" in page
    undo = re.search(r'action="(/interactions/\d+/undo)"', page)
    assert undo
    assert ana_client.post(undo[1], {"next": "/search?q=slow"})["Location"] == "/search?q=slow"
    assert find_standing(ana, library["Slow Film 9"]) == []


def test_it_never_goes_to_another_host(ana_client: Client, library: dict[str, Item]) -> None:
    item = library["Slow Film 9"]
    address = reverse("item-act", args=[item.pk])
    answer = ana_client.post(address, {"what": "liked", "next": "https://elsewhere.example/"})
    assert answer["Location"] == reverse("item-detail", args=[item.pk])


def test_nobody_takes_back_what_somebody_else_did(ana: Person, bo_client: Client) -> None:
    hers = Interaction.objects.filter(person=ana).first()
    assert hers is not None
    answer = bo_client.post(reverse("interaction-undo", args=[hers.pk]))
    assert answer.status_code == 404
    hers.refresh_from_db()
    assert hers.withdrawn_at is None


def test_a_link_alone_changes_nothing(ana_client: Client, library: dict[str, Item]) -> None:
    assert ana_client.get(reverse("item-act", args=[library["Slow Film 9"].pk])).status_code == 405
