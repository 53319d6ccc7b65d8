"""Home: rows of explained recommendations, what is going on, and three ways to start where there is nothing yet."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mediarec.library.models import ImportBatch, Item, Person
from mediarec.web import home_rows
from mediarec.web.auth import current_person
from recommender import impressions
from recommender.elicitation import onboarding
from worker.models import Job

SHOWN_JOBS = 2


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    if not Item.objects.exists():
        return render(request, "home_empty.html", {"jobs": _list_jobs(person)})
    ownership = home_rows.read_ownership(request)
    rows = home_rows.build_home_rows(person, ownership)
    impressions.record_page(row.slate for row in rows)
    lead, rows = home_rows.pop_lead(rows)
    context = {
        "lead": lead,
        "rows": rows,
        "ownership": ownership,
        "ownerships": home_rows.OWNERSHIP_LABELS,
        "jobs": _list_jobs(person),
        "is_new_here": onboarding.is_new_here(person.pk),
        "choices": onboarding.CHOICES,
        "has_demo": ImportBatch.objects.filter(is_demo=True, undone_at__isnull=True).exists(),
    }
    return render(request, "home.html", context)


@require_GET
def activity(request: HttpRequest) -> HttpResponse:
    """The line about what is going on; the page asks again every few seconds while there is something."""
    return render(request, "home/_activity.html", {"jobs": _list_jobs(current_person(request))})


def _list_jobs(person: Person) -> list[Job]:
    """Their own and the household's; what somebody else brings in is theirs."""
    going = Job.objects.filter(state__in=(Job.State.RUNNING, Job.State.WAITING))
    going = going.filter(Q(person=person) | Q(person__isnull=True))
    return list(going.order_by("-started_at", "-created_at")[:SHOWN_JOBS])
