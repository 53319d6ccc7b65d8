"""Getting to know a new person: fifteen small choices, each of which can be skipped or taken back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from mediarec.library.interactions import withdraw_interaction
from mediarec.library.models import Item
from mediarec.web.auth import current_person
from mediarec.web.cards import Card, build_item_cards
from recommender.elicitation import onboarding as elicitation
from recommender.elicitation.onboarding import Choice

KEY = "start"  # in the session: the sets shown so far, the last one unanswered


@require_GET
def onboarding(request: HttpRequest) -> HttpResponse:
    _forget_what_is_gone(request)
    if not _read_steps(request) and not _open_step(request):
        messages.info(request, "There are too few titles to choose from. Import something first.")
        return redirect("home")
    return render(request, "onboarding.html", _show(request))


@require_POST
def onboarding_choose(request: HttpRequest) -> HttpResponse:
    """Takes one work of the open set, or none. An answer to a set that is not open any more changes nothing."""
    steps = _read_steps(request)
    if steps and request.POST.get("place") == str(len(steps)):
        _answer(request, steps, request.POST.get("item", ""))
        if len(steps) >= elicitation.CHOICES or not _open_step(request):
            return _finish(request)
    return _go_on(request)


@require_POST
def onboarding_back(request: HttpRequest) -> HttpResponse:
    """Opens the set before again and takes back what was said to it."""
    steps = _read_steps(request)
    if len(steps) > 1:
        steps.pop()
        if isinstance(kept := steps[-1].pop("kept", None), int):
            withdraw_interaction(current_person(request).pk, kept)
        steps[-1].pop("taken", None)
        request.session[KEY] = steps
    return _go_on(request)


def _forget_what_is_gone(request: HttpRequest) -> None:
    """A set none of whose works is in the library any more cannot be chosen from."""
    steps = _read_steps(request)
    if steps and not Item.objects.filter(pk__in=_read_choice(steps[-1]).offered).exists():
        del request.session[KEY]


def _answer(request: HttpRequest, steps: list[dict[str, object]], given: str) -> None:
    step, offered = steps[-1], steps[-1]["offered"]
    if given.isdigit() and isinstance(offered, list) and int(given) in offered:
        step["taken"] = int(given)
        step["kept"] = elicitation.record_choice(current_person(request).pk, int(given)).pk
    request.session[KEY] = steps


def _open_step(request: HttpRequest) -> bool:
    """Puts the next set into the session; False where nothing is left to offer."""
    steps = _read_steps(request)
    board = elicitation.load_board(current_person(request).pk)
    if len(board.item_ids) < elicitation.LEAST_WORKS:
        return False
    offered = elicitation.choose_offer(board, [_read_choice(step) for step in steps])
    if offered:
        request.session[KEY] = [*steps, {"offered": list(offered)}]
    return bool(offered)


def _read_steps(request: HttpRequest) -> list[dict[str, object]]:
    steps = request.session.get(KEY, [])
    return list(steps) if isinstance(steps, list) else []


def _read_choice(step: dict[str, object]) -> Choice:
    offered, taken = step["offered"], step.get("taken")
    return Choice(tuple(offered) if isinstance(offered, list) else (), taken if isinstance(taken, int) else None)


def _show(request: HttpRequest) -> dict[str, object]:
    steps = _read_steps(request)
    return {
        "cards": _load_cards(request, _read_choice(steps[-1]).offered),
        "place": len(steps),
        "choices": elicitation.CHOICES,
        "taken": sum("taken" in step for step in steps),
    }


def _load_cards(request: HttpRequest, item_ids: tuple[int, ...]) -> list[Card]:
    items = Item.objects.in_bulk(item_ids)
    return build_item_cards(current_person(request).pk, [items[pk] for pk in item_ids if pk in items])


def _go_on(request: HttpRequest) -> HttpResponse:
    if request.htmx and _read_steps(request):  # type: ignore[attr-defined]
        return render(request, "onboarding/_choice.html", _show(request))
    return _send(request, "onboarding")


def _finish(request: HttpRequest) -> HttpResponse:
    taken = sum("taken" in step for step in _read_steps(request))
    del request.session[KEY]
    if taken:
        picked = f"You picked {taken} title{'' if taken == 1 else 's'}."
        said = f"{picked} Here are your first recommendations; every like improves them."
        messages.success(request, said)
    return _send(request, "home")


def _send(request: HttpRequest, name: str) -> HttpResponse:
    """htmx would follow a redirect inside the fragment; it is told to change the page."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": reverse(name)})
    return redirect(name)
