"""Imports the list of new and changed files that a scan of a watched folder writes, like the files of a folder.

Only lists that this program wrote are read: a list names files of this machine, so an uploaded one is refused.
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

LISTS_FOLDER = "scans"  # beside the uploads, where no upload can be placed
RENEWS = "renews"  # in `raw`: "words", "picture" or both replace what the item has
KIND_BEHIND = {Kind.EPISODE: Kind.SERIES, Kind.TRACK: Kind.ALBUM}
RETRY = "again"  # in `raw`: the file is not at fault, the next scan reads it


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
            header = json.loads(opened.readline())
            listed = {bytes.fromhex(entry["path_hex"]): entry for entry in map(json.loads, opened)}
        files = [_build_file(path, entry) for path, entry in listed.items()]
        shown = {file.shown: file for file in files}
        for row in read_found(files, replace(options, known_files={})):
            file = shown.get(row.location)
            yield _check_row(row, file, listed[file.path], header["kinds"]) if file else row


def write_list(
    files: Iterable[FoundFile],
    kinds: Sequence[str],
    by_hand: set[bytes],
    target: Path,
    renews: Mapping[bytes, list[str]] = MappingProxyType({}),
) -> None:
    """Writes a list for `WatchedImporter`, atomically by renaming. `renews` names which sidecars (text, picture) of an
    unchanged file have changed."""
    target.parent.mkdir(parents=True)
    with write_atomically(target) as written:
        written.write(json.dumps({"kinds": list(kinds)}).encode() + b"\n")
        for file in files:
            entry = {"path_hex": file.path.hex(), "size": file.size_bytes, "mtime": file.mtime_ns, "inode": file.inode}
            renewal = {RENEWS: renews[file.path]} if file.path in renews else {}
            written.write(json.dumps({**entry, "by_hand": file.path in by_hand, **renewal}).encode() + b"\n")


def _build_file(path: bytes, entry: Mapping[str, Any]) -> FoundFile:
    return FoundFile(path, entry["size"], entry["mtime"], entry["inode"])


def _check_row(row: ParsedRow, file: FoundFile, entry: Mapping[str, Any], kinds: Sequence[str]) -> ParsedRow:
    """Rejects a file that changed while it was read, and one whose kind is not meant for this folder."""
    row = replace(row, raw={**row.raw, **entry})
    if _has_changed(file):
        sentence = f"{show_path(file.path)} changed while it was read; the next look reads it again."
        return replace(row, work=None, file=None, problem=sentence, raw={**row.raw, RETRY: True})
    if row.work and kinds and not {row.work.kind, KIND_BEHIND.get(Kind(row.work.kind))} & set(kinds):
        label = Kind(row.work.kind).label.lower()
        return replace(row, work=None, file=None, problem=f"{show_path(file.path)} is a {label}, not for this folder.")
    return replace(row, known_path_hex=file.path.hex()) if entry.get("by_hand") and row.file else row


def _has_changed(file: FoundFile) -> bool:
    try:
        status = Path(os.fsdecode(file.path)).stat()
    except OSError:
        return True
    return (status.st_size, status.st_mtime_ns) != (file.size_bytes, file.mtime_ns)
