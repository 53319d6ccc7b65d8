"""Parses one video file into a work, from its name (guessit), the NFO beside it and its container (PyAV)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import ParsedWork, clean, read_year
from mediarec.library.importers.nfo import read_nfo

VIDEO_ENDINGS = frozenset(
    {".mkv", ".mp4", ".m4v", ".avi", ".mov", ".webm", ".mpg", ".mpeg", ".ts", ".wmv", ".ogv", ".flv"}
)
# guessit takes any number for an episode ("clip 123"); one of these marks is required too.
EPISODE_MARK = re.compile(
    r"s\d{1,3}[\s._-]*e\d|\b\d{1,2}x\d{2,3}\b|\bep(?:isode)?[\s._-]*\d|season[\s._-]*\d", re.IGNORECASE
)
CAMERA = re.compile(
    r"^(?:IMG|VID|MVI|MOV|DSC|DSCN|PXL|GOPR|GX|GH|DJI|WA|WhatsApp|Screen|signal)[\s_-]?.*\d{3,}", re.IGNORECASE
)
YOUTUBE_ID = re.compile(r"\s*\[(?P<id>[\w-]{11})\]$")
# A playlist named like a film must not make FFmpeg open the files that it lists.
OPENING = {
    "protocol_whitelist": "file",
    "format_whitelist": "matroska,webm,mov,mp4,avi,mpeg,mpegts,mpegvideo,m4v,ogg,flv,asf,h264,hevc",
}
SEASON_FOLDER = re.compile(rb"^(?:season|series|staffel|saison|s)[\s._-]*\d+$|^specials$", re.IGNORECASE)
Streams = tuple[Mapping[str, Any], ...]


def read_video(path: bytes) -> tuple[ParsedWork, float | None, Streams, dict[bytes, str]]:
    """The work, its duration in seconds, its streams, and refused NFOs with the reason.

    Raises NotUnderstoodError when the container has no video stream.
    """
    duration, streams, tags = _probe(path)
    refused: dict[bytes, str] = {}
    work = _add_nfo(path, _read_name(path), refused)
    if work.kind == "video":
        work = _add_tags(work, tags)
    if duration and not work.runtime_seconds:
        work = replace(work, runtime_seconds=round(duration))
    return work, duration, streams, refused


def _probe(path: bytes) -> tuple[float | None, Streams, dict[str, str]]:
    import av

    try:
        with av.open(os.fsdecode(path), options=OPENING, metadata_errors="replace") as container:
            streams = tuple(_describe_stream(stream) for stream in container.streams)
            duration = container.duration / av.time_base if container.duration else None
            tags = {name.lower(): clean(value) for name, value in container.metadata.items()}
    except (av.FFmpegError, OSError, ValueError, UnicodeError) as error:
        raise NotUnderstoodError(f"cannot be read as video ({error}).") from error
    if not any(stream["type"] == "video" for stream in streams):
        raise NotUnderstoodError("holds no picture.")
    return duration, streams, tags


def _describe_stream(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    description = {"type": stream.type, "codec": context.name if context else None, "language": stream.language}
    if stream.type == "video" and context:
        description |= {"width": context.width, "height": context.height}
    return {name: value for name, value in description.items() if value}


def _read_name(path: bytes) -> ParsedWork:
    from guessit import guessit
    from guessit.api import GuessitException

    parts = [clean(part.decode("utf-8", "replace")) for part in path.split(b"/")[-3:]]
    stem = os.path.splitext(parts[-1])[0]
    try:
        guess = {} if CAMERA.match(stem) else guessit("/".join(parts))
    except GuessitException:
        guess = {}
    title = clean(str(_first(guess.get("title")) or "")) or stem
    year = guess.get("year")
    number = _first(guess.get("episode"))
    if isinstance(number, int) and EPISODE_MARK.search("/".join(parts[-2:])):
        return _build_episode(guess, ParsedWork("series", title, year), number)
    if year is None or number is not None:
        return _build_clip(stem)
    return ParsedWork("film", title, year)


def _first(guessed: Any) -> Any:
    """The first value: guessit returns a list for several, such as a double episode."""
    return guessed[0] if isinstance(guessed, list) and guessed else guessed


def _build_episode(guess: Mapping[str, Any], series: ParsedWork, number: int) -> ParsedWork:
    season = _first(guess.get("season"))
    name = clean(str(guess.get("episode_title") or "")) or f"Episode {number}"
    return ParsedWork("episode", name, parent=series, season=season if isinstance(season, int) else None, number=number)


def _build_clip(stem: str) -> ParsedWork:
    """A clip; download tools put the YouTube id in brackets at the end of the name."""
    match = YOUTUBE_ID.search(stem)
    title = stem[: match.start()] if match else stem
    ids = {"youtube": match["id"]} if match else {}
    return ParsedWork("video", title.replace("_", " ").strip() or stem, ids=ids)


def _add_tags(work: ParsedWork, tags: Mapping[str, str]) -> ParsedWork:
    """Metadata in a clip's container takes precedence over its file name."""
    makers = {"channel" if "youtube" in work.ids else "artist": (tags["artist"],)} if tags.get("artist") else {}
    return replace(
        work,
        title=tags.get("title") or work.title,
        year=work.year or read_year(tags.get("date")),
        people=work.people or makers,
        synopsis=work.synopsis or tags.get("description") or tags.get("synopsis") or "",
    )


def _add_nfo(path: bytes, work: ParsedWork, refused: dict[bytes, str]) -> ParsedWork:
    """An NFO beside the file takes precedence over its name."""
    folder = os.path.dirname(path)
    own_path = os.path.splitext(path)[0] + b".nfo"
    shared_path = os.path.join(folder, b"movie.nfo")
    series = _try_nfo(os.path.join(find_series_folder(folder), b"tvshow.nfo"), refused)
    if work.kind == "episode" and series:
        work = replace(work, parent=series)
    nfo = _try_nfo(own_path, refused) or (_try_nfo(shared_path, refused) if work.kind == "film" else None)
    if nfo is None or nfo.kind == "series":
        return work
    return replace(
        nfo,
        year=nfo.year or work.year,
        parent=(series or nfo.parent or work.parent) if nfo.kind == "episode" else None,
        season=nfo.season if nfo.season is not None else work.season,
        number=nfo.number if nfo.number is not None else work.number,
    )


def _try_nfo(path: bytes, refused: dict[bytes, str]) -> ParsedWork | None:
    """None where there is no NFO, or where it was refused (then the reason is added to `refused`)."""
    if not os.path.isfile(path):
        return None
    try:
        return read_nfo(_read_bytes(path))
    except NotUnderstoodError as error:
        refused[path] = str(error)
        return None


def find_series_folder(folder: bytes) -> bytes:
    """The folder of a series: the nearest one with a tvshow.nfo, else the parent of a season folder."""
    parent = os.path.dirname(folder)
    for candidate in (folder, parent):
        if os.path.isfile(os.path.join(candidate, b"tvshow.nfo")):
            return candidate
    return parent if SEASON_FOLDER.match(os.path.basename(folder)) else folder


def _read_bytes(path: bytes) -> bytes:
    try:
        with open(path, "rb") as opened:
            return opened.read(4 * 1024 * 1024)
    except OSError as error:
        raise NotUnderstoodError(f"the NFO cannot be opened: {error.strerror}.") from error
