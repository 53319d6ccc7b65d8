"""A file of the library, whole or in part, to whoever is signed in. Opens nothing but what the catalogue names."""

import os
import re
import stat
from collections.abc import AsyncIterator
from io import FileIO
from pathlib import PurePath

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from mediarec.library.errors import NotFoundError
from mediarec.library.models import MediaFile

CHUNK_BYTES = 512 * 1024
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
# What a browser can play. Everything else is offered for saving, so that no file is run as a page of this site.
AUDIO_TYPES = {
    ".mp3": "audio/mpeg", ".flac": "audio/flac", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg",
    ".m4a": "audio/mp4", ".m4b": "audio/mp4", ".wav": "audio/wav",
}  # fmt: skip
VIDEO_TYPES = {".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg"}
SAVED = "application/octet-stream"


def find_player(path: str) -> str:
    """ "audio", "video", or nothing where a browser cannot play it."""
    ending = PurePath(path).suffix.lower()
    return "audio" if ending in AUDIO_TYPES else "video" if ending in VIDEO_TYPES else ""


@require_safe
def media_file(request: HttpRequest, file_id: int) -> HttpResponse | StreamingHttpResponse:
    """With a range (RFC 9110) only that part, as a player asks for when somebody moves on in it."""
    file = MediaFile.objects.filter(pk=file_id, is_missing=False).first()
    if file is None:
        raise NotFoundError("This file does not exist.")
    opened, size = _open(file)
    part = _read_range(request.headers.get("Range", ""), size)
    if part is None:
        opened.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = part
    is_whole = part == (0, size)
    ranged = {} if is_whole else {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    headers = {"Content-Length": str(end - start), **_describe(file), **ranged}
    return StreamingHttpResponse(_send(opened, start, end), status=200 if is_whole else 206, headers=headers)


def _describe(file: MediaFile) -> dict[str, str]:
    ending = PurePath(file.path).suffix.lower()
    kind = {**AUDIO_TYPES, **VIDEO_TYPES}.get(ending, SAVED)
    name = PurePath(file.path.encode("utf-8", "replace").decode("utf-8")).name
    return {
        "Content-Type": kind,
        "Accept-Ranges": "bytes",
        "Content-Disposition": content_disposition_header(kind == SAVED, name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox",
        "Cache-Control": "private, no-cache",
    }


def _open(file: MediaFile) -> tuple[FileIO, int]:
    """With its size. A pipe or a device that took the file's place is not waited for."""
    try:
        opened = FileIO(os.open(bytes(file.path_raw), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:  # a folder, too
        raise NotFoundError(f"{file.path} cannot be opened: {error.strerror}.") from error
    found = os.fstat(opened.fileno())
    if not stat.S_ISREG(found.st_mode):
        opened.close()
        raise NotFoundError(f"{file.path} is no longer a file.")
    return opened, found.st_size


def _read_range(said: str, size: int) -> tuple[int, int] | None:
    """From and to, the latter not included; None for a range that the file does not have. Several ranges: all of it."""
    match = RANGE.fullmatch(said.strip())
    if match is None or match[0] == "bytes=-":
        return 0, size
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
    return (start, end) if start < end else None


async def _send(opened: FileIO, start: int, end: int) -> AsyncIterator[bytes]:
    """Each piece is read in a thread; nothing larger than a piece is held."""
    read = sync_to_async(os.pread, thread_sensitive=False)
    with opened:
        while start < end and (piece := await read(opened.fileno(), min(CHUNK_BYTES, end - start), start)):
            start += len(piece)
            yield piece
