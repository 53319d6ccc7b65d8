"""Resolves playlist entries to files of the library, by path or, where the folder has moved, by the path's end."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import unquote, urlsplit

LEAST_PARTS = 2  # a file name alone ("01 Intro.mp3") occurs in many albums
LONGEST_PATH = 4_096


class KnownPaths:
    """The paths of library files, in hex. Does not access the disk."""

    def __init__(self, known_files: Mapping[str, tuple[int, int]]) -> None:
        self._known_files = known_files

    @cached_property
    def _by_name(self) -> Mapping[str, list[tuple[list[str], str]]]:
        by_name: dict[str, list[tuple[list[str], str]]] = defaultdict(list)
        for path_hex in self._known_files:
            parts = _split(os.fsdecode(bytes.fromhex(path_hex)))
            if parts:
                by_name[parts[-1]].append((parts, path_hex))
        return by_name

    def find(self, path: str, folder: str) -> str:
        """The path in hex; empty where no file or several match equally well. `folder` is that of the playlist."""
        path = _strip_scheme(path)
        if not path or len(path) > LONGEST_PATH:
            return ""
        full = os.path.normpath(os.path.join(folder, path)) if folder else path  # noqa: PTH118 - paths may be bytes
        exact = os.fsencode(full.encode("utf-8", "replace").decode("utf-8")).hex()
        return exact if exact in self._known_files else self._find_by_end(_split(path))

    def _find_by_end(self, parts: list[str]) -> str:
        if not parts:
            return ""
        matches = [
            (_count_common_suffix(parts, entry_parts), path_hex)
            for entry_parts, path_hex in self._by_name.get(parts[-1], ())
        ]
        matches = sorted((match for match in matches if match[0] >= LEAST_PARTS), reverse=True)
        is_clear = len(matches) == 1 or (len(matches) > 1 and matches[0][0] > matches[1][0])
        return matches[0][1] if is_clear else ""


def _strip_scheme(path: str) -> str:
    """A file path, also of a file: URL; empty for a network address."""
    if path.lower().startswith("file:"):
        return unquote(urlsplit(path).path)
    return "" if "://" in path else path


def _split(path: str) -> list[str]:
    """Path parts in lower case, without drive letters and dots: many playlists come from Windows."""
    parts = path.casefold().replace("\\", "/").split("/")
    return [part for part in parts if part not in ("", ".", "..") and not part.endswith(":")]


def _count_common_suffix(left: list[str], right: list[str]) -> int:
    count = 0
    while count < min(len(left), len(right)) and left[-1 - count] == right[-1 - count]:
        count += 1
    return count
