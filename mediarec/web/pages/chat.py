"""Talking: chips and items at once, words streamed after them."""

import json
import uuid
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library.models import Item
from mediarec.web.people import signed_in
from recommender.chat import turns, words
from recommender.models import ChatTurn
from recommender.taste import steering

OPENERS = (
    "A slow film from the 70s, not too dark",
    "A one hour playlist of calm music",
    "Something like Alien but funnier",
    "No more horror from now on",
)


@require_GET
def chat(request: HttpRequest) -> HttpResponse:
    thread = _read_thread(request.GET.get("thread"))
    person = signed_in(request)
    said = turns.list_turns(person.pk, thread) if thread else []
    context = {
        "thread": thread or uuid.uuid4(),
        "lines": [_replay(turn) for turn in said],
        "threads": _list_threads(person.pk),
        "openers": OPENERS,
    }
    return render(request, "chat.html", context)


@require_POST
def chat_send(request: HttpRequest) -> HttpResponse:
    thread = _read_thread(request.POST.get("thread")) or uuid.uuid4()
    answer = turns.answer(signed_in(request).pk, thread, request.POST.get("text", ""))
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{request.path.removesuffix('send')}?thread={thread}")
    return render(request, "chat/_turn.html", _show(answer))


@require_POST
def chat_chip(request: HttpRequest, turn_id: int) -> HttpResponse:
    answer = turns.remove_chip(signed_in(request).pk, turn_id, request.POST.get("key", ""))
    return render(request, "chat/_turn.html", _show(answer))


@require_GET
def chat_stream(request: HttpRequest, turn_id: int) -> StreamingHttpResponse:
    """The answer's words as server-sent events; "done" closes the stream."""
    pieces = words.stream_words(signed_in(request).pk, turn_id)
    response = StreamingHttpResponse(_send_events(pieces), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@require_POST
def rule_undo(request: HttpRequest, rule_id: int) -> HttpResponse:
    steering.undo_rule(signed_in(request).pk, rule_id)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse('<span class="muted">Undone.</span>')
    return redirect("taste")


async def _send_events(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Each piece is fetched in a thread, so a slow language model holds up nobody else."""
    while (piece := await sync_to_async(next, thread_sensitive=True)(pieces, None)) is not None:
        yield f"data: {json.dumps(piece)}\n\n"
    yield "event: done\ndata: {}\n\n"


def _show(answer: turns.ChatAnswer) -> dict[str, object]:
    lines = answer.slate.items if answer.slate else ()
    ids = answer.draft.item_ids if answer.draft else ()
    items = Item.objects.in_bulk(ids)
    return {
        "turn": answer.turn,
        "chips": answer.chips,
        "lines": lines,
        "draft": answer.draft,
        "draft_items": [items[item_id] for item_id in ids],
        "rule": answer.rule,
        "relaxed": answer.relaxed,
    }


def _replay(turn: ChatTurn) -> dict[str, object]:
    """A turn of before, from its row: what was shown stands as it was shown."""
    items = Item.objects.in_bulk(turn.item_ids)
    return {
        "turn": turn,
        "chips": turn.chips,
        "items": [items[item_id] for item_id in turn.item_ids if item_id in items],
        "rule": turn.rule,
    }


def _list_threads(person_id: int) -> list[ChatTurn]:
    """The first sentence of each of the last conversations."""
    firsts = ChatTurn.objects.filter(person_id=person_id).order_by("thread", "created_at").distinct("thread")
    return sorted(firsts, key=lambda turn: turn.created_at, reverse=True)[:8]


def _read_thread(given: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(given or "")
    except ValueError:
        return None
