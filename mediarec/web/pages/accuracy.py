"""How well the ranker knows who is signed in: figures are kept in rows and none is measured inside a request."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from mediarec.web.auth import current_person
from recommender.backends import ranker_weights
from recommender.explanation.feature_importance import list_feature_importance
from recommender.finetuning import accuracy as known
from worker import dispatch, jobs
from worker.models import Job

MEASURED_AT_MOST_EVERY = timedelta(hours=1)


@require_GET
def accuracy(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    _measure_when_due(person.pk)
    return render(request, "accuracy.html", _describe(person.pk))


@require_GET
def accuracy_progress(request: HttpRequest) -> HttpResponse:
    return render(request, "accuracy/_progress.html", _describe(current_person(request).pk))


@require_POST
def accuracy_learn(request: HttpRequest) -> HttpResponse:
    """Anybody of the household may ask; it never runs twice at once."""
    if dispatch.request_training():
        messages.success(request, "Training has started in the background. The result appears on this page.")
    else:
        messages.info(request, "Training is already running.")
    return redirect("accuracy")


def _measure_when_due(person_id: int) -> None:
    recent = Job.objects.filter(kind="measuring", created_at__gte=timezone.now() - MEASURED_AT_MOST_EVERY)
    going_on = Job.objects.filter(kind__in=("measuring", "training"), state__in=jobs.ACTIVE)
    if not recent.exists() and not going_on.exists() and known.is_measuring_due(person_id):
        dispatch.enqueue_evaluation()


def _describe(person_id: int) -> dict[str, object]:
    going_on = Job.objects.filter(kind__in=("training", "measuring"), state__in=jobs.ACTIVE).order_by("-kind").first()
    things, household = known.count_liked_items(person_id), known.count_liked_pairs()
    return {
        "known": known.load_report(person_id),
        "going_by": list_feature_importance(person_id),
        "runs": known.list_runs(),
        "current": ranker_weights.find_current(),
        "job": going_on,
        "last": Job.objects.filter(kind="training").exclude(state__in=jobs.ACTIVE).first(),
        "things": things,
        "things_needed": max(0, known.MIN_TARGETS + 1 - things),
        "household": household,
        "household_needed": max(0, known.FEWEST_HOUSEHOLD_EVENTS - household),
        "fewest": known.FEWEST_HOUSEHOLD_EVENTS,
    }
