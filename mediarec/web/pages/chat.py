"""Talking: chips and items at once, words streamed after them."""

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from mediarec.library.models import Item, Kind
from mediarec.web.auth import current_person
from mediarec.web.cards import build_cards, build_item_cards
from recommender.chat import responses, rules, turns
from recommender.chat.parsed_query import Intent
from recommender.chat.turn_record import TurnRecord, read_chips, read_record
from recommender.models import ChatTurn
from recommender.playlists import PlaylistDraft
from recommender.taste import steering

SHOWN_THREADS = 8


@dataclass(frozen=True)
class Opener:
    """A sentence to start with, and the icon that says what it shows off."""

    text: str
    icon: str


OPENERS = (
    Opener("A slow film from the 70s, not too dark", "film"),
    Opener("A one hour playlist of calm music", "playlist"),
    Opener("No more horror from now on", "hide"),
)
KNOWN_TO_MANY = "Alien"


@require_GET
def chat(request: HttpRequest) -> HttpResponse:
    thread = _read_thread(request.GET.get("thread"))
    person = current_person(request)
    said = turns.list_turns(person.pk, thread) if thread else []
    context = {
        "thread": thread or uuid.uuid4(),
        "lines": [_replay(turn) for turn in said],
        "threads": _list_threads(person.pk),
        "openers": [*OPENERS, *_compare_a_film()],
        "is_empty": not Item.objects.exists(),
    }
    return render(request, "chat.html", context)


def _compare_a_film() -> list[Opener]:
    """An example whose film is really here."""
    films = Item.objects.filter(kind=Kind.FILM, is_excluded=False)
    best_known = films.order_by("-popularity", "pk")
    film = films.filter(title=KNOWN_TO_MANY).first() or best_known.first()
    return [Opener(f"Something like {film.title} but funnier", "spark")] if film else []


@require_POST
def chat_send(request: HttpRequest) -> HttpResponse:
    person_id = current_person(request).pk
    thread = _read_thread(request.POST.get("thread")) or uuid.uuid4()
    answer = turns.answer(person_id, thread, request.POST.get("text", ""))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "chat/_turn.html", _show(answer))
    return _go_back_to(person_id, answer.turn)


@require_POST
def chat_chip(request: HttpRequest, turn_id: int) -> HttpResponse:
    person_id = current_person(request).pk
    answer = turns.remove_chip(person_id, turn_id, request.POST.get("key", ""))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "chat/_turn.html", _show(answer))
    return _go_back_to(person_id, answer.turn)


@require_POST
def chat_guesses(request: HttpRequest, turn_id: int) -> HttpResponse:
    """Asked for once the words are there: what the language model makes of words that the rules left open."""
    person_id = current_person(request).pk
    guesses = turns.list_guesses(person_id, turn_id)
    return render(request, "chat/_guesses.html", {"guesses": guesses, "turn": turns.find_turn(person_id, turn_id)})


@require_POST
def chat_guess(request: HttpRequest, turn_id: int, place: int) -> HttpResponse:
    """Answers again with one guess taken for what was meant."""
    person_id = current_person(request).pk
    answer = turns.take_guess(person_id, turn_id, place)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "chat/_turn.html", _show(answer))
    return _go_back_to(person_id, answer.turn)


@require_GET
def chat_stream(request: HttpRequest, turn_id: int) -> StreamingHttpResponse:
    """The answer's words as server-sent events; "done" closes the stream and names who worded them."""
    turn = turns.find_turn(current_person(request).pk, turn_id)  # before the first byte, so that a stranger gets a 404
    pieces = responses.stream_response(turn.person_id, turn.pk)
    response = StreamingHttpResponse(_send_events(pieces, turn), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@require_POST
def rule_keep(request: HttpRequest, turn_id: int) -> HttpResponse:
    """Keeps the rule that a turn showed the effect of."""
    person_id = current_person(request).pk
    rule = rules.keep_rule(person_id, turn_id)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "chat/_rule.html", {"rule": rule})
    return redirect(f"{reverse('chat')}?thread={turns.find_turn(person_id, turn_id).thread}#turn-{turn_id}")


@require_POST
def rule_undo(request: HttpRequest, rule_id: int) -> HttpResponse:
    steering.undo_rule(current_person(request).pk, rule_id)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse('<p class="muted" role="status">Undone. The rule no longer applies.</p>')
    return redirect("taste")


def _go_back_to(person_id: int, turn: ChatTurn) -> HttpResponse:
    """Without scripts nothing streams: the words are written before the page is shown."""
    for _ in responses.stream_response(person_id, turn.pk):
        pass
    return redirect(f"{reverse('chat')}?thread={turn.thread}#turn-{turn.pk}")


async def _send_events(pieces: Iterator[str], turn: ChatTurn) -> AsyncIterator[str]:
    """Each piece is fetched in a thread, so a slow language model holds up nobody else."""
    while (piece := await sync_to_async(_take, thread_sensitive=True)(pieces)) is not None:
        yield f"data: {json.dumps(piece)}\n\n"
    await turn.arefresh_from_db(fields=["answered_by"])
    yield f"event: done\ndata: {json.dumps({'by': turn.answered_by})}\n\n"


def _take(pieces: Iterator[str]) -> str | None:
    return next(pieces, None)


def _show(answer: turns.ChatAnswer) -> dict[str, object]:
    person_id = answer.turn.person_id
    return {
        "turn": answer.turn,
        "chips": answer.chips,
        "cards": _show_cards(answer),
        "draft": answer.draft if answer.draft and answer.draft.item_ids else None,
        "draft_cards": _load_cards(person_id, answer.draft.item_ids) if answer.draft else [],
        "rule": answer.rule,
        **_show_record(answer.turn, read_record(answer.turn.wish)),
        "relaxed": answer.relaxed,
    }


def _show_cards(answer: turns.ChatAnswer) -> list[object]:
    if answer.slate:
        return [*build_cards(answer.turn.person_id, answer.slate.items)]
    return _load_cards(answer.turn.person_id, answer.proposal.after_ids) if answer.proposal else []


def _show_record(turn: ChatTurn, record: TurnRecord) -> dict[str, object]:
    """What is read off the stored turn, now and later."""
    return {
        "guesses": record.guesses,
        "may_guess": record.may_guess,
        "proposal": None if turn.rule else record.proposal,
        "question": record.question,
        "tools": record.tools,
    }


def _replay(turn: ChatTurn) -> dict[str, object]:
    """A turn of before, from its row: what was shown stands as it was shown."""
    items = Item.objects.in_bulk(turn.item_ids)
    record = read_record(turn.wish)
    intent = record.parsed.intent
    cards = (
        []
        if intent in {Intent.EXPLAIN, Intent.HELP, Intent.KEEP, Intent.UNDO}
        else _load_cards(turn.person_id, turn.item_ids)
    )
    is_playlist = bool(cards) and intent == Intent.PLAYLIST
    seconds = sum(item.runtime_seconds or 0 for item in items.values())
    return {
        "turn": turn,
        "chips": read_chips(turn.chips),
        "cards": [] if is_playlist else cards,
        "draft": PlaylistDraft(tuple(turn.item_ids), seconds, turn.said[:80]) if is_playlist else None,
        "draft_cards": cards if is_playlist else [],
        "rule": turn.rule,
        **_show_record(turn, record),
        "relaxed": record.parsed.relaxed,
    }


def _load_cards(person_id: int, item_ids: tuple[int, ...] | list[int]) -> list[object]:
    items = Item.objects.in_bulk(item_ids)
    return [*build_item_cards(person_id, [items[item_id] for item_id in item_ids if item_id in items])]


def _list_threads(person_id: int) -> list[ChatTurn]:
    """The first sentence of each of the last conversations."""
    firsts = ChatTurn.objects.filter(person_id=person_id).order_by("thread", "created_at").distinct("thread")
    return sorted(firsts, key=lambda turn: turn.created_at, reverse=True)[:SHOWN_THREADS]


def _read_thread(given: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(given or "")
    except ValueError:
        return None
