"""A folder of media: audio by its tags, video by name, container and NFO, pictures beside them as artwork."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from mediarec.library.errors import MediarecError
from mediarec.library.importers.audio_files import AUDIO_ENDINGS, read_audio
from mediarec.library.importers.base import ParsedFile, ParsedRow, ParsedWork, ReadOptions
from mediarec.library.importers.source import Source
from mediarec.library.importers.video_files import VIDEO_ENDINGS, read_video
from mediarec.library.scanning import FoundFile, hash_content, walk_files

COVER_NAMES = (b"cover", b"folder", b"poster", b"front", b"album")
PICTURE_ENDINGS = (b".jpg", b".jpeg", b".png", b".webp")


class FolderImporter:
    name = "folder"
    label = "a folder (or one file) of music, films, series and clips"

    def recognises(self, source: Source) -> bool:
        if source.is_folder:
            return True
        return not source.is_zip and source.path.suffix.lower() in AUDIO_ENDINGS | VIDEO_ENDINGS

    def count_rows(self, source: Source) -> int:
        """Looks at names only."""
        return sum(1 for file in walk_files(os.fsencode(source.path)) if _is_media(file)) if source.is_folder else 1

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        path = os.fsencode(source.path)
        if source.is_folder:
            found = walk_files(path)
        else:
            about = os.stat(path)
            found = iter([FoundFile(path, about.st_size, about.st_mtime_ns)])
        for file in found:
            row = _read_file(file, options)
            if row is not None:
                yield row


def _ending(file: FoundFile) -> str:
    return os.path.splitext(file.path)[1].decode("ascii", "replace").lower()


def _is_media(file: FoundFile) -> bool:
    return bool(file.problem) or _ending(file) in AUDIO_ENDINGS | VIDEO_ENDINGS


def _read_file(file: FoundFile, options: ReadOptions) -> ParsedRow | None:
    """None for files that are neither audio nor video; pictures and NFOs are read with the media they belong to."""
    if file.problem:
        return ParsedRow(file.shown, problem=file.problem)
    if not _is_media(file):
        return None
    if options.known_files.get(file.path.hex()) == (file.size_bytes, file.mtime_ns):
        return ParsedRow(file.shown, unchanged=True)
    if not file.size_bytes:
        return ParsedRow(file.shown, problem=f"{file.shown} is empty.")
    try:
        return _read_audio(file) if _ending(file) in AUDIO_ENDINGS else _read_video(file)
    except (MediarecError, OSError) as error:
        return ParsedRow(file.shown, problem=f"{file.shown} {error}")


def _read_audio(file: FoundFile) -> ParsedRow:
    work, length, stream = read_audio(file.path)
    cover = find_cover(os.path.dirname(file.path))
    if cover and work.parent:
        work = replace(work, parent=replace(work.parent, artwork=cover))
    elif work.parent:
        work = replace(work, parent=replace(work.parent, artwork=work.artwork))
    return ParsedRow(file.shown, work, _describe_file(file, length, (stream,)))


def _read_video(file: FoundFile) -> ParsedRow:
    work, duration, streams, note = read_video(file.path)
    work = replace(work, artwork=_find_poster(file.path, work))
    if work.parent:
        series_folder = os.path.dirname(os.path.dirname(file.path))
        work = replace(work, parent=replace(work.parent, artwork=find_cover(series_folder)))
    raw = {"note": f"{file.shown}: {note}"} if note else {}
    return ParsedRow(file.shown, work, _describe_file(file, duration, streams), raw=raw)


def _describe_file(file: FoundFile, duration: float | None, streams: tuple[object, ...]) -> ParsedFile:
    return ParsedFile(
        file.path.hex(),
        file.size_bytes,
        file.mtime_ns,
        hash_content(file.path, file.size_bytes),
        duration,
        streams,  # type: ignore[arg-type]
    )


def _find_poster(path: bytes, work: ParsedWork) -> tuple[str, str] | None:
    """`<video>-poster.jpg` or `<video>.jpg`; a film alone in its folder may also have a cover."""
    stem = os.path.splitext(path)[0]
    for tail in (b"-poster", b"-thumb", b""):
        for ending in PICTURE_ENDINGS:
            if os.path.isfile(stem + tail + ending):
                return ("file", (stem + tail + ending).hex())
    return find_cover(os.path.dirname(path)) if work.kind == "film" else None


@lru_cache(maxsize=256)
def find_cover(folder: bytes) -> tuple[str, str] | None:
    """cover, folder, poster, front or album picture in a folder."""
    try:
        names = {name.lower(): name for name in os.listdir(folder)}
    except OSError:
        return None
    for stem in COVER_NAMES:
        for ending in PICTURE_ENDINGS:
            if stem + ending in names:
                return ("file", os.path.join(folder, names[stem + ending]).hex())
    return None
