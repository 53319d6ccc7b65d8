"""Watched folders, for who keeps the installation: adding one, what the last look found, and what is kept out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library import audit, exclusions, folder_sync
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import ExcludedFolder, Kind, Library, Person
from mediarec.web.auth import require_staff
from worker import dispatch, jobs
from worker.models import Job

SHOWN_FILES = 100
SCHEDULES = (
    (15, "Every 15 minutes"),
    (60, "Every hour"),
    (360, "Every six hours"),
    (1440, "Every day"),
    (10080, "Every week"),
    (0, "Only by hand"),
)
KIND_LABELS = ((Kind.FILM, "Films"), (Kind.SERIES, "Series"), (Kind.VIDEO, "Videos"), (Kind.ALBUM, "Music"))
COUNT_LABELS = (
    ("added", "new"),
    ("changed", "changed"),
    ("moved", "moved"),
    ("removed", "missing"),
    ("returned", "found again"),
    ("unchanged", "unchanged"),
    ("left_out", "skipped"),
)


@require_GET
def libraries(request: HttpRequest) -> HttpResponse:
    require_staff(request)
    rows = list(Library.objects.select_related("person"))
    context = {
        "libraries": [{"library": row, "files": folder_sync.count_files(row), "job": _find_job(row)} for row in rows],
        "folders": [
            {"folder": row, "files": exclusions.count_below(bytes(row.path_raw))}
            for row in ExcludedFolder.objects.all()
        ],
        "wish": _describe_choices(),
    }
    return render(request, "libraries.html", context)


@require_POST
def library_add(request: HttpRequest) -> HttpResponse:
    keeper = require_staff(request)
    path = request.POST.get("path", "").strip()
    library = folder_sync.add_library(exclusions.to_bytes(path), _read_wish(request))
    audit.record_change(keeper, "added", library, {}, audit.describe_fields(library))
    dispatch.enqueue_rescan(library.pk)
    messages.success(request, f"{library.root} is now watched. The first scan has started.")
    return redirect("library-detail", library.pk)


@require_GET
def library_detail(request: HttpRequest, library_id: int) -> HttpResponse:
    require_staff(request)
    library = folder_sync.find_library(library_id)
    job = _find_job(library)
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "library_detail/_scan.html", _describe(library, job))
        if job is None:  # it has just ended: the whole page says what was found
            response["HX-Refresh"] = "true"
        return response
    left_out = folder_sync.list_skipped(library)
    context = {
        **_describe(library, job),
        "left_out": left_out[:SHOWN_FILES],
        "left_out_count": left_out.count(),
        "wish": _describe_choices(library),
        "entries": audit.list_entries(library)[:10],
    }
    return render(request, "library_detail.html", context)


@require_POST
def library_change(request: HttpRequest, library_id: int) -> HttpResponse:
    keeper = require_staff(request)
    before = audit.describe_fields(folder_sync.find_library(library_id))
    library = folder_sync.change_library(library_id, _read_wish(request))
    changed = audit.diff_fields(before, audit.describe_fields(library))
    if any(changed):
        audit.record_change(keeper, "edited", library, *changed)
    messages.success(request, "Saved.")
    return redirect("library-detail", library.pk)


@require_POST
def library_act(request: HttpRequest, library_id: int) -> HttpResponse:
    """One of: rescan, gone (believe an empty folder), again (read what was left out), cancel, remove."""
    keeper = require_staff(request)
    library = folder_sync.find_library(library_id)
    act = request.POST.get("act", "rescan")
    if act == "remove":
        audit.record_change(keeper, "deleted", library, audit.describe_fields(library))
        folder_sync.remove_library(library.pk)
        messages.success(request, f"{library.name} is no longer watched. Everything imported from it is kept.")
        return redirect("libraries")
    if act == "cancel":
        job = _find_job(library)
        if job:
            jobs.cancel_job(job.pk)
        messages.info(request, "The scan stops within seconds. What was found so far is kept.")
        return redirect("library-detail", library.pk)
    if act == "again":
        count = folder_sync.forget_skipped(library)
        audit.record_change(keeper, "read again", library, {}, {"files": count})
    dispatch.enqueue_rescan(library.pk, really_gone=act == "gone")
    messages.info(request, "The scan has started.")
    return redirect("library-detail", library.pk)


@require_POST
def folder_exclude(request: HttpRequest) -> HttpResponse:
    keeper = require_staff(request)
    folder = exclusions.exclude_folder(exclusions.to_bytes(request.POST.get("path", "").strip()))
    audit.record_change(keeper, "added", folder, {}, {"path": folder.path})
    count = exclusions.count_below(bytes(folder.path_raw))
    messages.success(request, f"{count} files in {folder.path} are no longer recommended.")
    return redirect("libraries")


@require_POST
def folder_include(request: HttpRequest, folder_id: int) -> HttpResponse:
    keeper = require_staff(request)
    path = exclusions.include_folder(folder_id)
    audit.record_event(keeper, "deleted", "excluded folder", (str(folder_id), path), before={"path": path})
    messages.success(request, f"Files in {path} can be recommended again.")
    return redirect("libraries")


def _describe(library: Library, job: Job | None) -> dict[str, Any]:
    here, missing = folder_sync.count_files(library)
    counts = [(label, library.found.get(name, 0)) for name, label in COUNT_LABELS if library.found.get(name)]
    kinds = [label for kind, label in KIND_LABELS if kind in library.kinds]
    schedule = dict(SCHEDULES).get(library.every_minutes, f"Every {library.every_minutes} minutes")
    return {
        "library": library,
        "job": job,
        "here": here,
        "missing": missing,
        "counts": counts if library.scanned_at else [],
        "problems": library.found.get("problems", []),
        "kinds": ", ".join(kinds) or "Everything",
        "schedule": schedule,
        "may_be_gone": "really gone" in library.problem,
    }


def _describe_choices(library: Library | None = None) -> dict[str, Any]:
    schedules = list(SCHEDULES)
    if library and library.every_minutes not in dict(SCHEDULES):
        schedules.append((library.every_minutes, f"Every {library.every_minutes} minutes"))
    return {
        "kinds": [(kind.value, label, bool(library and kind in library.kinds)) for kind, label in KIND_LABELS],
        "people": Person.objects.filter(is_active=True, is_demo=False).order_by("username"),
        "schedules": schedules,
        "chosen_schedule": library.every_minutes if library else 60,
        "chosen_person": library.person_id if library else None,
    }


def _read_wish(request: HttpRequest) -> folder_sync.LibrarySettings:
    person, minutes = request.POST.get("person", ""), request.POST.get("every_minutes", "60")
    if not minutes.isdecimal() or len(minutes) > 8 or (person and not (person.isdecimal() and len(person) < 18)):
        raise NotUnderstoodError("That is not one of the choices. Reload the page.")
    return folder_sync.LibrarySettings(
        name=request.POST.get("name", ""),
        kinds=request.POST.getlist("kinds"),
        person_id=int(person) if person else None,
        every_minutes=int(minutes),
        is_enabled=request.POST.get("is_enabled") == "1",
        is_excluded=request.POST.get("is_excluded") == "1",
    )


def _find_job(library: Library) -> Job | None:
    return Job.objects.filter(kind="rescan", payload={"library": library.pk}, state__in=jobs.ACTIVE).first()
