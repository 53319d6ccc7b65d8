"""Background work: what runs, what waits, what failed, with cancel and retry."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library import audit
from mediarec.web.auth import current_person, require_staff
from worker import dispatch
from worker import jobs as work
from worker.models import Job

SHOWN_JOBS = 60


@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    template = "jobs/_list.html" if request.htmx else "jobs.html"  # type: ignore[attr-defined]
    person = current_person(request)
    rows = Job.objects.select_related("person")
    if not person.is_staff:
        rows = rows.filter(person=person)
    return render(request, template, {"jobs": rows[:SHOWN_JOBS], "states": Job.State})


@require_POST
def job_act(request: HttpRequest, job_id: int) -> HttpResponse:
    keeper = require_staff(request)
    if request.POST.get("act") == "retry":
        dispatch.retry_job(job_id)
        audit.record_event(keeper, "retried", "job", (str(job_id), str(Job.objects.filter(pk=job_id).first())))
    else:
        audit.record_change(keeper, "cancelled", work.cancel_job(job_id))
    return redirect("jobs")
