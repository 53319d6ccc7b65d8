"""The history page: a person's own, filtered, with undo."""

from django.test import Client
from django.urls import reverse

from mediarec.library.models import Interaction, Item, Person
from tests.web.conftest import sign_in


def test_it_shows_only_ones_own(ana_client: Client, bo: Person) -> None:
    page = ana_client.get(reverse("history")).content.decode()
    assert "Slow Film 6" in page
    assert "Loud Song" not in page


def test_it_filters_by_what_was_done_and_by_kind(ana: Person, ana_client: Client, library: dict[str, Item]) -> None:
    song = library["Soft Song 1"]
    Interaction.objects.create(person=ana, item=song, what="liked", occurred_at="2025-06-01T12:00:00Z")
    liked = ana_client.get(reverse("history"), {"what": "liked"}).content.decode()
    assert "Soft Song 1" in liked and "Slow Film" not in liked
    films = ana_client.get(reverse("history"), {"kind": "film"}).content.decode()
    assert "Slow Film 1" in films and "Soft Song 1" not in films
    assert "Slow Film 1" in ana_client.get(reverse("history"), {"what": "danced"}).content.decode()


def test_it_leaves_out_what_was_taken_back(ana: Person, ana_client: Client) -> None:
    done = Interaction.objects.filter(person=ana, item__title="Slow Film 6").get()
    answer = ana_client.post(reverse("interaction-undo", args=[done.pk]), {"next": reverse("history")})
    assert answer["Location"] == reverse("history")
    ana_client.get(reverse("history"))  # shows and so uses up the message
    assert "Slow Film 6" not in ana_client.get(reverse("history")).content.decode()


def test_it_says_what_to_do_with_no_history_and_with_no_match(cy: Person) -> None:
    client = sign_in(cy)
    assert "No history yet" in client.get(reverse("history")).content.decode()
    assert "No matching entries" in client.get(reverse("history"), {"what": "liked"}).content.decode()


def test_an_event_of_which_only_the_order_is_known_shows_no_date(ana: Person, ana_client: Client) -> None:
    Interaction.objects.filter(person=ana).update(origin="order-only")
    page = ana_client.get(reverse("history")).content.decode()
    assert "Without a date" in page
    assert "January 2025" not in page
