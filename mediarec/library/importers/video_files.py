"""One video file to a parsed work: its name (guessit), the NFO beside it, and what is in the container (PyAV)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import ParsedWork, clean
from mediarec.library.importers.nfo import read_nfo

VIDEO_ENDINGS = frozenset(
    {".mkv", ".mp4", ".m4v", ".avi", ".mov", ".webm", ".mpg", ".mpeg", ".ts", ".wmv", ".ogv", ".flv"}
)
SERIES_FOLDER_LEVELS = 2  # Series/Season 1/episode.mkv
Streams = tuple[Mapping[str, Any], ...]


def read_video(path: bytes) -> tuple[ParsedWork, float | None, Streams, str]:
    """The work, its length in seconds, its streams, and a sentence about an NFO that could not be read, or nothing.

    Raises NotUnderstoodError when the container holds no picture.
    """
    duration, streams = _probe(path)
    work = _read_name(path)
    note = ""
    try:
        work = _add_nfo(path, work)
    except NotUnderstoodError as error:
        note = str(error)
    if duration and not work.runtime_seconds:
        work = replace(work, runtime_seconds=round(duration))
    return work, duration, streams, note


def _probe(path: bytes) -> tuple[float | None, Streams]:
    import av

    try:
        with av.open(os.fsdecode(path), metadata_errors="replace") as container:
            streams = tuple(_describe_stream(stream) for stream in container.streams)
            duration = container.duration / av.time_base if container.duration else None
    except (av.FFmpegError, OSError, ValueError, UnicodeError) as error:
        raise NotUnderstoodError(f"cannot be read as video ({error}).") from error
    if not any(stream["type"] == "video" for stream in streams):
        raise NotUnderstoodError("holds no picture.")
    return duration, streams


def _describe_stream(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    about = {"type": stream.type, "codec": context.name if context else None, "language": stream.language}
    if stream.type == "video" and context:
        about |= {"width": context.width, "height": context.height}
    return {name: value for name, value in about.items() if value}


def _read_name(path: bytes) -> ParsedWork:
    from guessit import guessit
    from guessit.api import GuessitException

    parts = [clean(part.decode("utf-8", "replace")) for part in path.split(b"/")[-3:]]
    stem = os.path.splitext(parts[-1])[0]
    try:
        guess = guessit("/".join(parts))
    except GuessitException:
        guess = {}
    title = clean(str(guess.get("title") or "")) or stem
    year = guess.get("year")
    if guess.get("type") == "episode" and isinstance(guess.get("episode"), int):
        series = ParsedWork("series", title, year)
        season = guess.get("season")
        name = clean(str(guess.get("episode_title") or "")) or f"Episode {guess['episode']}"
        return ParsedWork(
            "episode",
            name,
            year,
            parent=series,
            season=season if isinstance(season, int) else None,
            number=guess["episode"],
        )
    if year is None:
        return ParsedWork("video", stem.replace("_", " ").strip() or title)
    return ParsedWork("film", title, year)


def _add_nfo(path: bytes, work: ParsedWork) -> ParsedWork:
    """What an NFO beside the file says goes before what the name suggests."""
    folder = os.path.dirname(path)
    own = os.path.splitext(path)[0] + b".nfo"
    shared = os.path.join(folder, b"movie.nfo")
    found = own if os.path.isfile(own) else shared if work.kind == "film" and os.path.isfile(shared) else None
    series = _read_series(folder) if work.kind == "episode" else None
    if series:
        work = replace(work, parent=series)
    if found is None:
        return work
    described = read_nfo(_read_bytes(found))
    if described.kind == "series":
        return work
    return replace(
        described,
        year=described.year or work.year,
        parent=(series or described.parent or work.parent) if described.kind == "episode" else None,
        season=described.season if described.season is not None else work.season,
        number=described.number if described.number is not None else work.number,
    )


def _read_series(folder: bytes) -> ParsedWork | None:
    for _ in range(SERIES_FOLDER_LEVELS):
        candidate = os.path.join(folder, b"tvshow.nfo")
        if os.path.isfile(candidate):
            return read_nfo(_read_bytes(candidate))
        folder = os.path.dirname(folder)
    return None


def _read_bytes(path: bytes) -> bytes:
    try:
        with open(path, "rb") as opened:
            return opened.read(4 * 1024 * 1024)
    except OSError as error:
        raise NotUnderstoodError(f"the NFO cannot be opened: {error.strerror}.") from error
