"""The list of new and changed files that a look through a watched folder leaves behind, read as a folder's files are.

Only lists that this program wrote itself are read: a list names files of the machine, so an uploaded one is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings

from mediarec.library.atomic_files import write_atomically
from mediarec.library.importers.base import ParsedRow, ReadOptions
from mediarec.library.importers.folder import FolderImporter, read_found
from mediarec.library.importers.source import Source
from mediarec.library.models import Kind
from mediarec.library.scanning import FoundFile, show_path

LISTS_FOLDER = "scans"  # beside the uploads: whoever uploads cannot name it
RENEWS = "renews"  # in `raw`: "words", "picture", or both, that go before what the item says
KIND_BEHIND = {Kind.EPISODE: Kind.SERIES, Kind.TRACK: Kind.ALBUM}
AGAIN = "again"  # in `raw`: nothing is wrong with the file, the next look reads it


class WatchedImporter:
    name = "watched"
    label = FolderImporter.label

    def recognises(self, source: Source) -> bool:
        lists: Path = settings.UPLOADS_ROOT / LISTS_FOLDER
        return not source.is_folder and source.path.parent.parent == lists

    def count_rows(self, source: Source) -> int:
        return max(0, source.count_lines(source.path.name) - 1)

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        with source.open_text(source.path.name) as opened:
            wish = json.loads(opened.readline())
            listed = {bytes.fromhex(entry["path_hex"]): entry for entry in map(json.loads, opened)}
        files = [_build_file(path, entry) for path, entry in listed.items()]
        shown = {file.shown: file for file in files}
        for row in read_found(files, replace(options, known_files={})):
            file = shown.get(row.location)
            yield _judge(row, file, listed[file.path], wish["kinds"]) if file else row


def write_list(
    files: Iterable[FoundFile],
    kinds: Sequence[str],
    by_hand: set[bytes],
    target: Path,
    renews: Mapping[bytes, list[str]] = MappingProxyType({}),
) -> None:
    """The list as `WatchedImporter` reads it. `renews` says what changed beside a file that did not."""
    target.parent.mkdir(parents=True)
    with write_atomically(target) as written:
        written.write(json.dumps({"kinds": list(kinds)}).encode() + b"\n")
        for file in files:
            about = {"path_hex": file.path.hex(), "size": file.size_bytes, "mtime": file.mtime_ns, "inode": file.inode}
            said = {RENEWS: renews[file.path]} if file.path in renews else {}
            written.write(json.dumps({**about, "by_hand": file.path in by_hand, **said}).encode() + b"\n")


def _build_file(path: bytes, entry: Mapping[str, Any]) -> FoundFile:
    return FoundFile(path, entry["size"], entry["mtime"], entry["inode"])


def _judge(row: ParsedRow, file: FoundFile, entry: Mapping[str, Any], kinds: Sequence[str]) -> ParsedRow:
    """A file that was written while it was read says nothing reliable; one of another kind is not for this folder."""
    row = replace(row, raw={**row.raw, **entry})
    if _has_changed(file):
        sentence = f"{show_path(file.path)} changed while it was read; the next look reads it again."
        return replace(row, work=None, file=None, problem=sentence, raw={**row.raw, AGAIN: True})
    if row.work and kinds and not {row.work.kind, KIND_BEHIND.get(Kind(row.work.kind))} & set(kinds):
        label = Kind(row.work.kind).label.lower()
        return replace(row, work=None, file=None, problem=f"{show_path(file.path)} is a {label}, not for this folder.")
    return replace(row, known_path_hex=file.path.hex()) if entry.get("by_hand") and row.file else row


def _has_changed(file: FoundFile) -> bool:
    try:
        about = Path(os.fsdecode(file.path)).stat()
    except OSError:
        return True
    return (about.st_size, about.st_mtime_ns) != (file.size_bytes, file.mtime_ns)
