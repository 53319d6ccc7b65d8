"""Events that do not look like the rest of a person's history, and their answers: was it them?"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library.errors import NotUnderstoodError
from mediarec.web.auth import current_person
from recommender.taste import outlier_review
from recommender.taste.outliers import RULES


@require_GET
def outliers(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    found = outlier_review.list_outliers(person.pk)
    context = {
        "events": found.interactions,
        "compared": found.compared,
        "least": RULES.min_events,
        "disowned": outlier_review.list_rejected(person.pk),
    }
    return render(request, "outliers.html", context)


@require_POST
def outliers_answer(request: HttpRequest) -> HttpResponse:
    """One event, or all that the page showed."""
    answer = request.POST.get("answer", "")
    ids = read_ids(request)
    if answer == "undo":
        count = outlier_review.undo_verdicts(current_person(request).pk, ids)
        said = "counts again" if count == 1 else "count again"
    elif answer in ("mine", "not-mine"):
        count = outlier_review.record_verdict(current_person(request).pk, ids, is_mine=answer == "mine")
        said = "confirmed as yours" if answer == "mine" else "no longer counted"
    else:
        raise NotUnderstoodError("Say whether it was you, or undo an answer.")
    messages.success(request, f"{count} {'entry' if count == 1 else 'entries'} {said}.")
    return redirect("outliers")


def read_ids(request: HttpRequest) -> list[int]:
    given = request.POST.getlist("event")
    if not given or not all(number.isascii() and number.isdigit() and len(number) < 19 for number in given):
        raise NotUnderstoodError("Choose an entry first.")
    return [int(number) for number in given]
