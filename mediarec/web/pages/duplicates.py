"""Is this the same thing twice? Pairs that measures propose, and a person's answer."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library.item_merge import merge_items
from mediarec.web.auth import require_staff
from recommender import duplicates as found
from recommender.models import SameThing

SHOWN_PAIRS = 50


@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """What is open; works that somebody left out since are no question any more."""
    require_staff(request)
    pairs = SameThing.objects.filter(verdict=SameThing.Verdict.OPEN).select_related("first__parent", "second__parent")
    pairs = pairs.exclude(Q(first__is_excluded=True) | Q(second__is_excluded=True)).order_by("-score", "pk")
    return render(request, "duplicates.html", {"pairs": pairs[:SHOWN_PAIRS], "total": pairs.count()})


@require_POST
def duplicates_look(request: HttpRequest) -> HttpResponse:
    require_staff(request)
    count = found.propose_pairs()
    said = {0: "No new duplicates found.", 1: "One possible duplicate found."}
    messages.info(request, said.get(count, f"{count} possible duplicates found."))
    return redirect("duplicates")


@require_POST
def duplicates_answer(request: HttpRequest, pair_id: int) -> HttpResponse:
    """ "The same" merges both into the older one, files and history included."""
    require_staff(request)
    is_same = request.POST.get("answer") == "same"
    pair = found.record_verdict(pair_id, is_same=is_same)
    if is_same:
        kept = merge_items([pair.first_id, pair.second_id])
        messages.success(request, f"Merged into “{kept.title}”.")
    return redirect("duplicates")
