"""Like, dislike, seen, hide, save and rate, each with its undo; the answer redraws where the click came from."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from mediarec.library import interactions, item_lookup
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Interaction, InteractionType, Item
from mediarec.library.models.items import MUSIC_KINDS
from mediarec.web import home_rows
from mediarec.web.auth import current_person
from mediarec.web.cards import build_item_cards
from mediarec.web.ratings import HALF_STEPS, find_stars, read_stars
from mediarec.web.templatetags.shelf import UNDO_TAG

SAID = {
    InteractionType.LIKED: "Liked",
    InteractionType.DISLIKED: "Disliked",
    InteractionType.HIDDEN: "Hidden from recommendations",
    InteractionType.FINISHED: "Marked as seen",
    InteractionType.SAVED: "Saved for later",
    InteractionType.RATED: "Rated",
}
# What a second click on a pressed button takes back.
MARK_OF = {
    InteractionType.LIKED: (InteractionType.LIKED,),
    InteractionType.DISLIKED: (InteractionType.DISLIKED,),
    InteractionType.HIDDEN: (InteractionType.HIDDEN,),
    InteractionType.SAVED: (InteractionType.SAVED,),
    InteractionType.FINISHED: (InteractionType.FINISHED, InteractionType.PLAYED),
}


@require_POST
def item_act(request: HttpRequest, item_id: int) -> HttpResponse:
    person, item = current_person(request), item_lookup.find_item(item_id)
    what = request.POST.get("what", "")
    if what not in SAID:
        raise NotUnderstoodError("Choose one of: liked, disliked, seen, saved, hidden or a rating.")
    pressed = _find_pressed(person.pk, item.pk, InteractionType(what))
    if pressed is not None:
        interactions.withdraw_interaction(person.pk, pressed.pk)
        return _answer(request, item, f"Undone: {_say(what, item).lower()}", None)
    value = read_stars(request.POST.get("stars", "")) if what == InteractionType.RATED else None
    recorded = interactions.record_interaction(person.pk, item.pk, what, value=value)
    return _answer(request, item, _say(what, item), recorded)


@require_POST
def interaction_undo(request: HttpRequest, interaction_id: int) -> HttpResponse:
    withdrawn = interactions.withdraw_interaction(current_person(request).pk, interaction_id)
    return _answer(request, withdrawn.item, "Undone", None)


def _say(what: str, item: Item) -> str:
    return (
        "Marked as heard"
        if what == InteractionType.FINISHED and item.kind in MUSIC_KINDS
        else SAID[InteractionType(what)]
    )


def _find_pressed(person_id: int, item_id: int, what: InteractionType) -> Interaction | None:
    """The newest one made with this button on a page; an imported history is never undone by a click."""
    return (
        Interaction.objects.filter(
            person_id=person_id,
            item_id=item_id,
            what__in=MARK_OF.get(what, ()),
            origin="page",
            withdrawn_at__isnull=True,
        )
        .order_by("-pk")
        .first()
    )


def _answer(request: HttpRequest, item: Item, text: str, undo: Interaction | None) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, f"{text}: {item.title}", extra_tags=f"{UNDO_TAG}{undo.pk}" if undo else "")
        return redirect(read_next(request, item))
    row, place = request.POST.get("row", ""), request.POST.get("place", "")
    if place == "list":
        return HttpResponse(draw_toast(request, text, None, {}))
    if place == "item":
        body, target, swap = _draw_item(request, item), "#item-acts", "outerHTML"
    elif row:
        body, target, swap = draw_row(request, row), f"#items-{row}", "innerHTML"
    else:
        body, target, swap = _draw_card(request, item), f"#card-one-{item.pk}", "outerHTML"
    return HttpResponse(
        body + draw_toast(request, text, undo, {"target": target, "swap": swap, "row": row, "place": place})
    )


def draw_toast(request: HttpRequest, text: str, undo: Interaction | None, place: dict[str, str]) -> str:
    return render_to_string("components/_toast.html", {"text": text, "undo": undo, "oob": True, **place}, request)


def draw_row(request: HttpRequest, key: str) -> str:
    """The whole row, recommended anew with what was just said."""
    rows = home_rows.build_home_rows(current_person(request), home_rows.read_ownership(request))
    _, rows = home_rows.pop_lead(rows)
    cards = next((row.cards for row in rows if row.key == key), ())
    return render_to_string("components/_shelf_items.html", {"cards": cards, "row": key}, request)


def _draw_card(request: HttpRequest, item: Item) -> str:
    (card,) = build_item_cards(current_person(request).pk, [item])
    return render_to_string("components/_card.html", {"card": card}, request)


def _draw_item(request: HttpRequest, item: Item) -> str:
    (card,) = build_item_cards(current_person(request).pk, [item])
    context = {"card": card, "half_steps": HALF_STEPS, "my_stars": find_stars(current_person(request).pk, item.pk)}
    return render_to_string("item_detail/_acts.html", context, request)


def read_next(request: HttpRequest, item: Item) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("item-detail", args=[item.pk])
