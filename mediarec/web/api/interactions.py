"""/interactions: what the person who asks did. Nobody reads another's."""

from django.http import HttpRequest
from ninja import Router

from mediarec.library import interactions, item_lookup
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Interaction
from mediarec.web.api.schemas import InteractionIn, InteractionOut
from mediarec.web.auth import current_person

router = Router()


@router.get("", response=list[InteractionOut])
def list_interactions(request: HttpRequest, limit: int = 100) -> list[Interaction]:
    return list(interactions.list_interactions(current_person(request).pk, limit=max(1, min(limit, 1000))))


@router.post("", response={201: InteractionOut})
def record_interaction(request: HttpRequest, body: InteractionIn) -> tuple[int, Interaction]:
    if (body.what == "rated") != (body.value is not None):
        raise NotUnderstoodError("A rating needs 'value' (0 to 1); other interactions have none.")
    item_lookup.find_item(body.item_id)
    recorded = interactions.record_interaction(
        current_person(request).pk,
        body.item_id,
        body.what,
        value=body.value,
        progress=body.progress,
        occurred_at=body.occurred_at,
        origin="api",
    )
    return 201, recorded


@router.delete("/{interaction_id}", response=InteractionOut, summary="Undo an interaction")
def withdraw_interaction(request: HttpRequest, interaction_id: int) -> Interaction:
    return interactions.withdraw_interaction(current_person(request).pk, interaction_id)
