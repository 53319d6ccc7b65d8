"""Talking on the page: answers at once, words after them, chips that can be taken away, rules that can be undone."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Item, Person
from recommender.backends import registry
from recommender.models import ChatTurn, SteeringRule
from tests.web.conftest import read_text, sign_in

HTMX = {"HX-Request": "true"}


def say(client: Client, text: str, thread: uuid.UUID) -> str:
    answer = client.post(reverse("chat-send"), {"text": text, "thread": thread}, headers=HTMX)
    assert answer.status_code == 200
    return read_text(answer)


@pytest.fixture(autouse=True)
def searchable(library: dict[str, Item]) -> None:
    refresh_search([item.pk for item in library.values()])


@pytest.fixture
def thread() -> uuid.UUID:
    return uuid.UUID(int=7)


def read_events(answer: Any) -> list[str]:
    return [block for block in b"".join(answer).decode().split("\n\n") if block]


def test_it_offers_sentences_to_start_with(ana_client: Client) -> None:
    page = ana_client.get(reverse("chat")).content.decode()
    assert "A slow film from the 70s, not too dark" in page
    assert "Something like Slow Film" in page, "a film that is here"


def test_it_says_what_to_do_where_there_is_nothing_to_talk_about(ana_client: Client) -> None:
    Item.objects.all().delete()
    page = ana_client.get(reverse("chat")).content.decode()
    assert "Import something" in page and "A slow film from the 70s, not too dark</span>" not in page


def test_it_answers_with_items_and_says_what_it_understood(ana_client: Client, thread: uuid.UUID) -> None:
    turn = say(ana_client, "a slow film", thread)
    assert "Slow Film" in turn and "Loud Song" not in turn
    assert "Remove “films”" in turn and "Remove “slow”" in turn
    assert ChatTurn.objects.get().answer in turn and "data-stream" not in turn, "nobody waits for a template"


def test_the_words_of_a_model_of_ones_own_come_after_the_items(
    ana_client: Client, thread: uuid.UUID, settings: Any
) -> None:
    settings.LLM_URL = "http://127.0.0.1:1/v1"
    turn = say(ana_client, "a slow film", thread)
    assert reverse("chat-stream", args=[ChatTurn.objects.get().pk]) in turn


def test_it_answers_again_without_a_chip(ana_client: Client, thread: uuid.UUID) -> None:
    say(ana_client, "a slow film", thread)
    turn = ChatTurn.objects.get()
    key = next(chip["key"] for chip in turn.chips if chip["label"] == "slow")
    shown = ana_client.post(reverse("chat-chip", args=[turn.pk]), {"key": key}, headers=HTMX).content.decode()
    assert "Remove “slow”" not in shown and "Remove “films”" in shown
    assert ChatTurn.objects.count() == 1


def test_it_streams_the_words_and_keeps_them(ana_client: Client, thread: uuid.UUID) -> None:
    say(ana_client, "a slow film", thread)
    turn = ChatTurn.objects.get()
    *pieces, done = read_events(ana_client.get(reverse("chat-stream", args=[turn.pk])))
    words = "".join(json.loads(piece.removeprefix("data: ")) for piece in pieces).strip()
    turn.refresh_from_db()
    assert words == turn.answer and "Slow Film" in words
    assert done == 'event: done\ndata: {"by": "template"}'
    assert turn.answer in ana_client.get(reverse("chat"), {"thread": str(thread)}).content.decode()


def test_it_works_without_scripts(ana_client: Client, thread: uuid.UUID) -> None:
    answer = ana_client.post(reverse("chat-send"), {"text": "a slow film", "thread": thread})
    assert answer.status_code == 302
    page = ana_client.get(answer["Location"]).content.decode()
    assert "a slow film" in page and ChatTurn.objects.get().answer in page


def test_it_drafts_a_playlist_that_can_be_saved(ana_client: Client, thread: uuid.UUID) -> None:
    turn = say(ana_client, "a playlist of gentle piano tracks", thread)
    assert "Save as playlist" in turn and "Soft Song" in turn
    again = ana_client.get(reverse("chat"), {"thread": str(thread)}).content.decode()
    assert "Save as playlist" in again


def test_it_keeps_a_rule_and_undoes_it(ana: Person, ana_client: Client, thread: uuid.UUID) -> None:
    assert "from now on" in say(ana_client, "no more metal from now on", thread)
    assert not SteeringRule.objects.exists()
    turn = ChatTurn.objects.get()
    for _ in range(2):  # pressed twice, or in two tabs
        kept = ana_client.post(reverse("rule-keep", args=[turn.pk]), headers=HTMX).content.decode()
        assert "No metal, from now on." in kept and "Undo" in kept
    rule = SteeringRule.objects.get(person=ana)
    answer = ana_client.post(reverse("rule-undo", args=[rule.pk]), headers=HTMX)
    rule.refresh_from_db()
    assert not rule.is_active and b"Undone" in answer.content


def test_it_asks_for_words_when_there_are_none(ana_client: Client, thread: uuid.UUID) -> None:
    answer = ana_client.post(reverse("chat-send"), {"text": "  ", "thread": thread})
    assert answer.status_code == 400
    assert "Say what you are in the mood for" in answer.content.decode()


def test_it_shows_what_was_said_as_text(ana_client: Client, thread: uuid.UUID) -> None:
    turn = say(ana_client, "<script>alert(1)</script> a film", thread)
    assert "<script>" not in turn and "&lt;script&gt;" in turn


def test_nobody_reads_anothers_talk(ana_client: Client, bo: Person, thread: uuid.UUID) -> None:
    say(ana_client, "a slow film", thread)
    turn = ChatTurn.objects.get()
    stranger = sign_in(bo)
    assert "a slow film" not in stranger.get(reverse("chat"), {"thread": str(thread)}).content.decode()
    assert stranger.get(reverse("chat-stream", args=[turn.pk])).status_code == 404
    assert stranger.post(reverse("chat-chip", args=[turn.pk]), {"key": "kind"}).status_code == 404


def test_an_open_wish_is_answered_and_asked_about(ana_client: Client, thread: uuid.UUID) -> None:
    turn = say(ana_client, "surprise me", thread)
    question = ChatTurn.objects.get().wish["question"]
    assert question["text"] in turn and len(question["choices"]) >= 2
    assert "<summary>Details</summary>" in turn
    say(ana_client, question["choices"][0], thread)
    following = ChatTurn.objects.latest("pk").wish.get("question", {"choices": []})
    assert not set(question["choices"]) & set(following["choices"])
    say(ana_client, "a slow film", thread)
    assert "question" not in ChatTurn.objects.latest("pk").wish


@pytest.mark.parametrize("stored", [[], 7, {"intent": "dance"}, {"proposal": "?"}, {"question": {"choices": 3}}])
def test_a_turn_whose_record_is_broken_is_still_shown(ana_client: Client, thread: uuid.UUID, stored: Any) -> None:
    say(ana_client, "a slow film", thread)
    ChatTurn.objects.update(wish=stored, chips="?")
    turn = ChatTurn.objects.get()
    page = ana_client.get(reverse("chat"), {"thread": str(thread)}).content.decode()
    assert "a slow film" in page and "Slow Film" in page
    assert ana_client.post(reverse("rule-keep", args=[turn.pk])).status_code == 404
    assert ana_client.post(reverse("chat-guesses", args=[turn.pk])).status_code == 200
    assert "Loud Song" not in say(ana_client, "a slow film", thread)


def test_a_rule_that_an_earlier_version_proposed_is_kept(ana_client: Client, ana: Person, thread: uuid.UUID) -> None:
    proposal = {
        "understood": "No metal.",
        "filters": {"none_words": ["metal"]},
        "leaving": [],
        "coming": ["Slow Film 1"],
    }
    stored = {"intent": "rule", "proposal": proposal, "tools": ["try rule"]}
    shown = [Item.objects.get(title="Slow Film 1").pk]
    turn = ChatTurn.objects.create(person=ana, thread=thread, said="no metal", item_ids=shown, wish=stored)
    page = ana_client.get(reverse("chat"), {"thread": str(thread)}).content.decode()
    assert "No metal." in page and "Keep this rule" in page and "<li>try rule</li>" in page
    read_events(ana_client.get(reverse("chat-stream", args=[turn.pk])))
    turn.refresh_from_db()
    assert "Understood: No metal. With it Slow Film 1 would come in." in turn.answer
    assert "No metal." in ana_client.post(reverse("rule-keep", args=[turn.pk]), headers=HTMX).content.decode()
    assert SteeringRule.objects.get(person=ana).filters == {"none_words": ["metal"]}


def test_a_rule_proposed_to_somebody_else_is_not_kept(ana_client: Client, bo: Person, thread: uuid.UUID) -> None:
    say(ana_client, "no more metal from now on", thread)
    assert sign_in(bo).post(reverse("rule-keep", args=[ChatTurn.objects.get().pk])).status_code == 404
    assert not SteeringRule.objects.exists()


def test_a_rule_of_somebody_else_is_not_found(ana: Person, bo: Person, library: dict[str, Item]) -> None:
    rule = SteeringRule.objects.create(person=ana, text="no metal", understood="No metal.")
    assert sign_in(bo).post(reverse("rule-undo", args=[rule.pk])).status_code == 404
    assert sign_in(bo).post(reverse("rule-switch", args=[rule.pk])).status_code == 404
    rule.refresh_from_db()
    assert rule.is_active


class _Reader:
    """Takes every open word for something slow."""

    name = "fake"

    def write(self, system: str, facts: list[str], max_tokens: int, schema: object = None) -> str:
        return json.dumps({"added": [{"said": "unhasty", "means": "slow"}]})


def test_a_guess_is_offered_after_the_words_and_counts_once_tapped(
    ana_client: Client, thread: uuid.UUID, monkeypatch: pytest.MonkeyPatch, bo: Person
) -> None:
    monkeypatch.setattr(registry, "load_slot_filler", _Reader)
    turn = say(ana_client, "an unhasty film", thread)
    pk = ChatTurn.objects.get().pk
    assert f'{reverse("chat-guesses", args=[pk])}" hx-trigger="load"' in turn and "mean slow" not in turn
    offered = ana_client.post(reverse("chat-guesses", args=[pk]), headers=HTMX).content.decode()
    assert "Did “unhasty” mean slow?" in offered
    again = ana_client.get(reverse("chat"), {"thread": str(thread)}).content.decode()
    assert "Did “unhasty” mean slow?" in again and reverse("chat-guesses", args=[pk]) + '"' not in again
    tapped = ana_client.post(reverse("chat-guess", args=[pk, 0]), headers=HTMX).content.decode()
    assert "guessed from “unhasty”" in tapped and "Remove “slow”" in tapped and "Slow Film" in tapped
    assert ana_client.post(reverse("chat-guess", args=[pk, 0]), headers=HTMX).status_code == 404
    assert sign_in(bo).post(reverse("chat-guesses", args=[pk])).status_code == 404


def test_a_sentence_that_was_understood_whole_asks_for_no_guesses(ana_client: Client, thread: uuid.UUID) -> None:
    assert "/guesses" not in say(ana_client, "a slow film", thread)
