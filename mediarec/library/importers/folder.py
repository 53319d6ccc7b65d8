"""Imports a folder of media: audio by tags, video by name, container and NFO, pictures beside them as artwork."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice

from mediarec.library.errors import MediarecError, NotUnderstoodError
from mediarec.library.importers.audio_files import AUDIO_ENDINGS, name_album_artists, read_audio
from mediarec.library.importers.base import ParsedFile, ParsedRow, ParsedWork, ReadOptions
from mediarec.library.importers.source import Source
from mediarec.library.importers.video_files import VIDEO_ENDINGS, find_series_folder, read_video
from mediarec.library.models import Kind
from mediarec.library.scanning import FoundFile, hash_content, show_path, walk_files

COVER_NAMES = (b"cover", b"folder", b"poster", b"front", b"album", b"movie")
PICTURE_ENDINGS = (b".jpg", b".jpeg", b".png", b".webp")
DISC_FOLDER = re.compile(rb"^(cd|disc|disk)[\s._-]*\d+$", re.IGNORECASE)
TABLE_ENDINGS = (".jsonl", ".ndjson", ".csv", ".tsv")  # a folder with tables only is left to another importer
HELD_FILES = 300  # files of one folder that are read before the first is yielded, to find what they have in common
# Magic numbers of audio and video, for files without an ending.
MARKS = (b"OggS", b"fLaC", b"ID3", b"\x1aE\xdf\xa3", b"RIFF")


class FolderImporter:
    name = "folder"
    label = "a folder (or one file) of music, films, series and clips"

    def recognises(self, source: Source) -> bool:
        if source.is_folder:
            has_media = any(not file.problem and _is_media(file) for file in walk_files(os.fsencode(source.path)))
            return has_media or not any(name.lower().endswith(TABLE_ENDINGS) for name in source.names)
        return not source.is_zip and source.path.suffix.lower() in AUDIO_ENDINGS | VIDEO_ENDINGS

    def count_rows(self, source: Source) -> int:
        """Counts by name."""
        return sum(1 for file in walk_files(os.fsencode(source.path)) if _is_media(file)) if source.is_folder else 1

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        path = os.fsencode(source.path)
        if source.is_folder:
            files = walk_files(path)
        else:
            status = os.stat(path)
            files = iter([FoundFile(path, status.st_size, status.st_mtime_ns)])
        yield from read_found(files, options)


def read_found(files: Iterable[FoundFile], options: ReadOptions) -> Iterator[ParsedRow]:
    """Reads files into rows; `files` come in the order of a walk, so that those of one folder are adjacent."""
    for folder, folder_files in groupby(files, key=lambda file: os.path.dirname(file.path)):
        while batch := list(islice(folder_files, HELD_FILES)):
            yield from _complete_folder(folder, [row for file in batch for row in _read_file(file, options)])


def _ending(file: FoundFile) -> str:
    return os.path.splitext(file.path)[1].decode("ascii", "replace").lower()


def _is_media(file: FoundFile) -> bool:
    """By its ending; a file without one is recognised by its first bytes."""
    ending = _ending(file)
    if file.problem or ending in AUDIO_ENDINGS | VIDEO_ENDINGS:
        return True
    return not ending and file.size_bytes > 0 and begins_like_media(file.path)


def begins_like_media(path: bytes) -> bool:
    try:
        with open(path, "rb") as opened:
            head = opened.read(12)
    except OSError:
        return False
    return head.startswith(MARKS) or head[4:8] == b"ftyp"


def _read_file(file: FoundFile, options: ReadOptions) -> Iterator[ParsedRow]:
    """No row for files that are neither audio nor video; pictures and NFOs are read with the media they belong to."""
    if file.problem:
        yield ParsedRow(file.shown, problem=file.problem)
    elif not _is_media(file):
        return
    elif options.known_files.get(file.path.hex()) == (file.size_bytes, file.mtime_ns):
        yield ParsedRow(file.shown, unchanged=True)
    elif not file.size_bytes:
        yield ParsedRow(file.shown, problem=f"{file.shown} is empty.")
    else:
        try:
            yield from _read_audio(file) if _ending(file) in AUDIO_ENDINGS else _read_video(file)
        except MediarecError as error:
            yield ParsedRow(file.shown, problem=f"{file.shown} {error}")
        except OSError as error:
            yield ParsedRow(file.shown, problem=f"{file.shown} cannot be read: {error.strerror or error}.")


def _read_audio(file: FoundFile) -> Iterator[ParsedRow]:
    work, length, stream = read_audio(file.path)
    yield ParsedRow(file.shown, work, _describe_file(file, length, (stream,)))


def _read_video(file: FoundFile) -> Iterator[ParsedRow]:
    """A container without a picture stream is read as audio. A refused NFO gives a row of its own."""
    try:
        work, duration, streams, refused = read_video(file.path)
    except NotUnderstoodError:
        try:
            yield from _read_audio(file)
        except NotUnderstoodError:
            pass
        else:
            return
        raise
    yield ParsedRow(file.shown, work, _describe_file(file, duration, streams))
    for path, reason in refused.items():
        yield ParsedRow(show_path(path), problem=f"{show_path(path)}: {reason}")


def _describe_file(file: FoundFile, duration: float | None, streams: tuple[object, ...]) -> ParsedFile:
    return ParsedFile(
        file.path.hex(),
        file.size_bytes,
        file.mtime_ns,
        hash_content(file.path, file.size_bytes),
        duration,
        streams,  # type: ignore[arg-type]
    )


def _complete_folder(folder: bytes, rows: Sequence[ParsedRow]) -> Iterator[ParsedRow]:
    """Adds what only the files of a folder together show: the album artist, and which work the cover belongs to."""
    works = name_album_artists([row.work for row in rows])
    cover = find_cover(folder) or (find_cover(os.path.dirname(folder)) if _is_disc(folder) else None)
    films = sum(1 for work in works if work and work.kind == Kind.FILM)
    parents = len({work.parent.title for work in works if work and work.parent})
    for row, work in zip(rows, works, strict=True):
        if work is None or row.file is None:
            yield row
            continue
        path = bytes.fromhex(row.file.path_hex)
        if work.kind == Kind.TRACK:
            work = _add_album_cover(work, cover if parents == 1 else None)
        else:
            work = _add_posters(path, work, cover if films == 1 else None, parents == 1)
        yield replace(row, work=work)


def _is_disc(folder: bytes) -> bool:
    return DISC_FOLDER.match(os.path.basename(folder)) is not None


def _add_album_cover(work: ParsedWork, cover: tuple[str, str] | None) -> ParsedWork:
    if work.parent is None:
        return work
    return replace(work, parent=replace(work.parent, artwork=cover or work.artwork))


def _add_posters(path: bytes, work: ParsedWork, cover: tuple[str, str] | None, is_one_series: bool) -> ParsedWork:
    """A picture named like the video belongs to it; a cover only to a film that is alone in its folder."""
    poster = _find_picture(os.path.splitext(path)[0], (b"-poster", b"-thumb", b""))
    work = replace(work, artwork=poster or (cover if work.kind == Kind.FILM else None))
    if work.parent and is_one_series:
        folder = find_series_folder(os.path.dirname(path))
        work = replace(work, parent=replace(work.parent, artwork=find_cover(folder)))
    return work


def _find_picture(stem: bytes, tails: Iterable[bytes]) -> tuple[str, str] | None:
    for tail in tails:
        for ending in PICTURE_ENDINGS:
            if os.path.isfile(stem + tail + ending):
                return ("file", (stem + tail + ending).hex())
    return None


def find_cover(folder: bytes) -> tuple[str, str] | None:
    """A picture in a folder with one of COVER_NAMES, ignoring case."""
    try:
        names = {name.lower(): name for name in os.listdir(folder)}
    except OSError:
        return None
    for stem in COVER_NAMES:
        for ending in PICTURE_ENDINGS:
            if stem + ending in names:
                return ("file", os.path.join(folder, names[stem + ending]).hex())
    return None
