"""Bringing things in: drop a file or name a folder, look at what was understood, add it, take it back."""

import csv
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library import batches
from mediarec.library.atomic_files import write_atomically
from mediarec.library.errors import MediarecError, NotFoundError, NotUnderstoodError
from mediarec.library.models import BatchState, ImportBatch, ImportRow, Outcome
from mediarec.web.auth import current_person
from mediarec.web.templatetags.states import MOVING_STATES
from worker import dispatch

ROWS_PER_PAGE = 50
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%", "＝", "＋", "－", "＠")  # also as wide characters
SHOWN_BATCHES = 50
OPEN_STATES = (BatchState.PREVIEW, BatchState.COMMITTED)
TOTALS: tuple[tuple[str, str, str], ...] = (  # what is counted, how one and how several of it are called
    ("items_added", "new item", "new items"),
    ("files_added", "file", "files"),
    ("interactions_added", "history entry", "history entries"),
)
FORESEEN: tuple[tuple[str, str, str], ...] = (
    ("items", "new item", "new items"),
    ("files", "new file", "new files"),
    ("interactions", "history entry", "history entries"),
    (Outcome.ADDED, "row with a new title", "rows with new titles"),
    (Outcome.MATCHED, "row matched to your library", "rows matched to your library"),
    (Outcome.DUPLICATE, "row already imported", "rows already imported"),
    (Outcome.REVIEW, "row to review", "rows to review"),
    (Outcome.REJECTED, "row not readable", "rows not readable"),
)


@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "imports/_batch.html", {"batch": find_batch(request, request.GET.get("batch", ""))})
    return _show_page(request)


def _show_page(request: HttpRequest, path: str = "", problem: MediarecError | None = None) -> HttpResponse:
    context = {
        "batches": _list_mine(request)[:SHOWN_BATCHES],
        "may_name_folders": current_person(request).is_staff,
        "path": path,
        "path_problem": problem,
    }
    return render(request, "imports.html", context, status=problem.status if problem else 200)


@require_POST
def import_upload(request: HttpRequest) -> HttpResponse:
    uploads = request.FILES.getlist("files")
    if not uploads:
        messages.error(request, "Choose a file first: an export, a spreadsheet or a zip.")
        return redirect("imports")
    made, problems = [], []
    for upload in uploads:
        try:
            made.append(_start_upload(request, upload))
        except MediarecError as error:
            problems.append(str(error))
    if not made:
        raise NotUnderstoodError(" ".join(problems))
    for problem in problems:
        messages.error(request, problem)
    return redirect("import-detail", made[0].pk) if len(uploads) == 1 else redirect("imports")


def _start_upload(request: HttpRequest, upload: "UploadedFile[bytes]") -> ImportBatch:
    path = _keep_upload(upload)
    try:
        return _start(request, path, upload.name or "upload")
    except MediarecError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise


@require_POST
def import_folder(request: HttpRequest) -> HttpResponse:
    """A folder on the machine itself; only who keeps the installation may name one: it is read with its rights."""
    person = current_person(request)
    if not person.is_staff:
        raise NotUnderstoodError("Only an administrator can import folders of this machine. Upload a file instead.")
    given = request.POST.get("path", "").strip()
    if not given:
        messages.error(request, "Enter the full path of the folder, for example /home/me/Music.")
        return redirect("imports")
    try:
        batch = _start(request, Path(given).expanduser(), given)
    except MediarecError as error:
        return _show_page(request, given, error)
    return redirect("import-detail", batch.pk)


def _start(request: HttpRequest, path: Path, label: str) -> ImportBatch:
    options = {
        "movielens_user": request.POST.get("movielens_user", "").strip(),
        "whole_catalogue": request.POST.get("whole_catalogue") == "1",
        "profile": request.POST.get("profile", "").strip()[:200],
    }
    chosen = {name: value for name, value in options.items() if value}
    batch = batches.create_batch(current_person(request), path, label=label, options=chosen)
    dispatch.enqueue_import(batch.pk)
    return batch


def _keep_upload(upload: "UploadedFile[bytes]") -> Path:
    """Stores the upload in a folder of its own. Raises MediarecError where it cannot be stored whole."""
    folder = settings.UPLOADS_ROOT / uuid.uuid4().hex
    target: Path = folder / (Path(upload.name or "upload").name or "upload")
    try:
        folder.mkdir(parents=True)
        with write_atomically(target) as file:
            for chunk in upload.chunks():
                file.write(chunk)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise MediarecError(f"{upload.name} could not be stored: {error.strerror}.") from error
    return target


@require_GET
def import_detail(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = find_batch(request, batch_id)
    wanted = request.GET.get("outcome", "")
    rows = ImportRow.objects.filter(batch=batch).select_related("item").order_by("number")
    if wanted in Outcome.values:
        rows = rows.filter(outcome=wanted)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_describe(batch),
        "may_add": batch.rows.exclude(outcome=Outcome.REJECTED).exists(),
        "page": page,
        "outcome": wanted,
        "waiting": batch.rows.filter(outcome=Outcome.REVIEW).count() if batch.state in OPEN_STATES else 0,
        "outcomes": _count_outcomes(batch),
        "pager_extra": f"&outcome={wanted}" if wanted in Outcome.values else "",
    }
    return render(request, "import_detail.html", context)


@require_GET
def import_progress(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The moving part of the page; when it stands still the whole page is loaded once more."""
    batch = find_batch(request, batch_id)
    response = render(request, "import_detail/_progress.html", _describe(batch))
    if batch.state not in MOVING_STATES and request.GET.get("was") in MOVING_STATES:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def import_commit(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = find_batch(request, batch_id)
    if batch.state != BatchState.PREVIEW:
        raise NotUnderstoodError(f"This import cannot be added now. Its state: {batch.get_state_display().lower()}.")
    dispatch.enqueue_commit(batch.pk)
    return redirect("import-detail", batch.pk)


@require_POST
def import_undo(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = find_batch(request, batch_id)
    dispatch.enqueue_undo(batch.pk)
    messages.info(request, "The import is being undone.")
    return redirect("import-detail", batch.pk)


@require_POST
def import_cancel(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Before it is added nothing has changed and it simply ends; while it is added, what is in goes again."""
    batch = find_batch(request, batch_id)
    if batches.cancel_batch(batch.pk):
        messages.info(request, "Stopped. Nothing was added.")
    else:
        dispatch.enqueue_undo(batch.pk)
        messages.info(request, "Stopped. What was already added is being removed.")
    return redirect("import-detail", batch.pk)


@require_GET
def import_report(request: HttpRequest, batch_id: int) -> StreamingHttpResponse:
    """Every row with what became of it, as CSV."""
    batch = find_batch(request, batch_id)
    response = StreamingHttpResponse(_write_report(batch), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{batch.pk}.csv"'
    return response


class _Echo:
    """A file that hands every line straight back, so that csv can stream."""

    def write(self, line: str) -> str:
        return line


def _write_report(batch: ImportBatch) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(["row", "place", "title", "outcome", "confidence", "item", "item_number", "reason"])
    named = ("number", "place", "parsed__work__title", "outcome", "confidence", "item__title", "item_id", "reason")
    for row in batch.rows.order_by("number").values_list(*named).iterator(chunk_size=2000):
        yield writer.writerow([_defuse(cell) for cell in row])


def _defuse(cell: object) -> object:
    """A cell that a spreadsheet would run as a formula is written as text."""
    dangerous = isinstance(cell, str) and cell.lstrip()[:1] in FORMULA_STARTS
    return f"'{cell}" if dangerous else cell


def _describe(batch: ImportBatch) -> dict[str, object]:
    return {
        "batch": batch,
        "totals": _count_totals(batch),
        "is_moving": batch.state in MOVING_STATES,
        "percent": min(100, round(100 * batch.done / batch.total)) if batch.total else 0,
    }


def _count_totals(batch: ImportBatch) -> list[tuple[str, int]]:
    """What was added; before that, what would be; nothing once it is taken back."""
    if batch.state == BatchState.UNDONE:
        return []
    is_foreseen = batch.state == BatchState.PREVIEW
    named = FORESEEN if is_foreseen else TOTALS
    counted = batch.counts.get("preview", {}) if is_foreseen else {**batch.counts, "items_added": batch.items.count()}
    return [(one if counted[name] == 1 else many, counted[name]) for name, one, many in named if counted.get(name)]


def _count_outcomes(batch: ImportBatch) -> list[tuple[str, str, int]]:
    counted = batch.rows.order_by().values_list("outcome").annotate(Count("pk"))
    counts = {outcome: count for outcome, count in counted}
    return [(value, label, counts.get(value, 0)) for value, label in Outcome.choices]


def _list_mine(request: HttpRequest) -> QuerySet[ImportBatch]:
    return ImportBatch.objects.filter(person=current_person(request)).annotate(items_added=Count("items"))


def find_batch(request: HttpRequest, batch_id: int | str) -> ImportBatch:
    number = str(batch_id)
    batch = _list_mine(request).filter(pk=int(number)).first() if number.isdigit() else None
    if batch is None:
        raise NotFoundError("There is no such import.")
    return batch
