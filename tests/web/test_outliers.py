"""The page that asks about odd events: it asks, takes answers, and lets all of them be undone."""

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Interaction, Person
from recommender.models import EventVerdict
from recommender.taste import outlier_review
from recommender.taste.outlier_review import OutlierEvents
from tests.web.conftest import read_text, sign_in

PAGE, ANSWER = "outliers", "outliers-answer"


@pytest.fixture
def odd(ana: Person, monkeypatch: pytest.MonkeyPatch) -> list[Interaction]:
    """Two of Ana's events, as if they were odd; what is answered is asked no more."""
    events = list(Interaction.objects.filter(person=ana).select_related("item")[:2])

    def list_doubtful(person_id: int) -> OutlierEvents:
        answered = set(EventVerdict.objects.values_list("interaction_id", flat=True))
        own = [event for event in events if event.person_id == person_id and event.pk not in answered]
        return OutlierEvents(tuple(own), 25)

    monkeypatch.setattr(outlier_review, "list_outliers", list_doubtful)
    return events


def is_withdrawn(event: Interaction) -> bool:
    return Interaction.objects.filter(pk=event.pk, withdrawn_at__isnull=False).exists()


def read_page(client: Client) -> str:
    return read_text(client.get(reverse(PAGE)))


def test_it_asks_and_states_nothing_as_a_fact(ana_client: Client, odd: list[Interaction]) -> None:
    page = read_page(ana_client)
    assert "These entries look different from the rest of your history." in page
    assert odd[0].item.title in page and odd[1].item.title in page


def test_not_me_withdraws_the_event_and_offers_an_undo(ana_client: Client, odd: list[Interaction]) -> None:
    ana_client.post(reverse(ANSWER), {"event": odd[0].pk, "answer": "not-mine"})
    assert is_withdrawn(odd[0])
    assert f'aria-label="Undo: {odd[0].item.title}"' in read_page(ana_client)
    ana_client.post(reverse(ANSWER), {"event": odd[0].pk, "answer": "undo"})
    assert not is_withdrawn(odd[0])
    assert f'aria-label="Not me: {odd[0].item.title}"' in read_page(ana_client)


def test_all_can_be_answered_and_undone_at_once(ana: Person, ana_client: Client, odd: list[Interaction]) -> None:
    both = [event.pk for event in odd]
    ana_client.post(reverse(ANSWER), {"event": both, "answer": "not-mine"})
    assert Interaction.objects.filter(person=ana, withdrawn_at__isnull=False).count() == 2
    assert "Undo all" in read_page(ana_client)
    ana_client.post(reverse(ANSWER), {"event": both, "answer": "undo"})
    assert not Interaction.objects.filter(person=ana, withdrawn_at__isnull=False).exists()


def test_it_was_me_is_not_asked_again(ana_client: Client, odd: list[Interaction]) -> None:
    ana_client.post(reverse(ANSWER), {"event": odd[0].pk, "answer": "mine"})
    page = read_page(ana_client)
    assert f'aria-label="Not me: {odd[0].item.title}"' not in page
    assert f'aria-label="Not me: {odd[1].item.title}"' in page


@pytest.mark.parametrize("sent", [{}, {"event": "x", "answer": "mine"}, {"event": "1" * 30, "answer": "mine"}])
def test_an_answer_without_sense_is_refused_with_a_sentence(ana_client: Client, sent: dict[str, str]) -> None:
    answer = ana_client.post(reverse(ANSWER), sent)
    assert answer.status_code == 400
    assert "Choose" in answer.content.decode()


def test_another_persons_event_is_not_found(bo_client: Client, odd: list[Interaction]) -> None:
    answer = bo_client.post(reverse(ANSWER), {"event": odd[0].pk, "answer": "not-mine"})
    assert answer.status_code == 404
    assert not is_withdrawn(odd[0])


def test_with_little_history_nothing_is_claimed(cy: Person) -> None:
    assert "Not enough history yet" in read_page(sign_in(cy))


def test_the_history_leads_there(ana_client: Client) -> None:
    assert reverse(PAGE) in ana_client.get(reverse("history")).content.decode()
