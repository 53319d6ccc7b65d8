"""Everything of who is signed in, as a download. Nobody's else: there is no name in the address."""

import tempfile

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from mediarec.library import person_archive
from mediarec.web.auth import current_person


@require_POST
def export_download(request: HttpRequest) -> FileResponse:
    """Written to a file that is gone when the download ends, so memory does not grow with the history."""
    person = current_person(request)
    out = tempfile.TemporaryFile(suffix=".zip")  # noqa: SIM115 - the response closes it
    person_archive.write_archive(person, out)
    out.seek(0)
    name = f"mediarec-{slugify(person.username) or 'person'}-{timezone.localdate():%Y-%m-%d}.zip"
    return FileResponse(out, as_attachment=True, filename=name, content_type="application/zip")
