"""POST /chat: one sentence, answered by the same steps as the page."""

from uuid import uuid4

from django.http import HttpRequest
from ninja import Router

from mediarec.web.api.schemas import ChatIn, ChatOut, RecommendationOut
from mediarec.web.auth import current_person
from recommender.chat import responses, turns

router = Router()


@router.post("", response=ChatOut)
def say(request: HttpRequest, body: ChatIn) -> ChatOut:
    person_id = current_person(request).pk
    answer = turns.answer(person_id, body.thread or uuid4(), body.text)
    text = "".join(responses.stream_response(person_id, answer.turn.pk)).strip()
    answer.turn.refresh_from_db()
    lines = answer.slate.items if answer.slate else ()
    return ChatOut(
        thread=answer.turn.thread,
        turn=answer.turn.pk,
        chips=[{"key": chip.key, "label": chip.label} for chip in answer.chips],
        answer=text,
        answered_by=answer.turn.answered_by,
        items=[RecommendationOut.build(line) for line in lines],
        playlist_item_ids=list(answer.draft.item_ids) if answer.draft else [],
    )
