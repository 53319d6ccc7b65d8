"""The turns of a conversation as they were kept."""

from uuid import UUID

from mediarec.library.errors import NotFoundError
from recommender.models import ChatTurn


def find_turn(person_id: int, turn_id: int) -> ChatTurn:
    try:
        return ChatTurn.objects.select_related("rule").get(pk=turn_id, person_id=person_id)
    except ChatTurn.DoesNotExist as error:
        raise NotFoundError("There is no such message.") from error


def list_turns(person_id: int, thread: UUID) -> list[ChatTurn]:
    return list(ChatTurn.objects.filter(person_id=person_id, thread=thread).select_related("rule"))
