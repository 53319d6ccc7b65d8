"""Which model fills each slot and why, and how far describing and embedding has come."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.web.auth import require_staff
from recommender import enrichment
from recommender.backends import catalogue, selection
from recommender.models import EmbeddingSpace, EnrichmentFailure
from worker import dispatch, jobs, status
from worker.models import Job

PAUSED = "enrichment_paused"
SHOWN_FAILURES = 20


@require_GET
def models(request: HttpRequest) -> HttpResponse:
    context = {
        **_describe_progress(),
        "slots": status.list_slots(),
        "encoders": catalogue.list_encoders(),
        "spaces": EmbeddingSpace.objects.order_by("modality", "-is_serving"),
        "setup": Job.objects.filter(kind="setup").first(),
        "load_failures": enrichment.find_load_failures(),
        "failures": EnrichmentFailure.objects.select_related("item").order_by("-created_at")[:SHOWN_FAILURES],
    }
    return render(request, "models.html", context)


@require_GET
def models_progress(request: HttpRequest) -> HttpResponse:
    return render(request, "models/_progress.html", _describe_progress())


@require_POST
def enrichment_switch(request: HttpRequest) -> HttpResponse:
    """Pauses or goes on; what was done stays done."""
    require_staff(request)
    jobs.set_switch(PAUSED, request.POST.get("paused") == "1")
    dispatch.enqueue_enrichment()
    return redirect("models")


@require_POST
def encoder_choose(request: HttpRequest) -> HttpResponse:
    """From now on the library is read with it; the former vectors serve until that is done."""
    require_staff(request)
    selection.choose(request.POST.get("slot", ""), request.POST.get("path", ""))
    dispatch.enqueue_enrichment()
    return redirect("models")


@require_POST
def enrichment_retry(request: HttpRequest) -> HttpResponse:
    """Forgets one failure, or all of them, so that each is tried once more."""
    require_staff(request)
    one = request.POST.get("failure", "")
    enrichment.forget_failures([int(one)] if one.isdecimal() else None)
    dispatch.enqueue_enrichment()
    return redirect("models")


@require_POST
def load_retry(request: HttpRequest) -> HttpResponse:
    """Loads once more what could not be loaded, and reads what waits for it."""
    require_staff(request)
    dispatch.enqueue_unloaded()
    return redirect("models")


def _describe_progress() -> dict[str, object]:
    progress = enrichment.count_lacking()
    return {
        "progress": progress,
        "stages": [stage for stage in progress.stages if stage.total],
        "is_complete": not progress.is_lacking,
        "is_paused": jobs.is_switched_on(PAUSED),
    }
