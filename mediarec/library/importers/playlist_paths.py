"""Which file of the library a playlist's entry means: by its path, or by the end of it where the rest has moved."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import unquote, urlsplit

LEAST_PARTS = 2  # a name alone ("01 Intro.mp3") is in many albums
LONGEST_PATH = 4_096


class KnownPaths:
    """The paths of the library, in hex as imports keep them. Looks nothing up on disk."""

    def __init__(self, known_files: Mapping[str, tuple[int, int]]) -> None:
        self._known = known_files

    @cached_property
    def _by_name(self) -> Mapping[str, list[tuple[list[str], str]]]:
        found: dict[str, list[tuple[list[str], str]]] = defaultdict(list)
        for path_hex in self._known:
            parts = _split(os.fsdecode(bytes.fromhex(path_hex)))
            if parts:
                found[parts[-1]].append((parts, path_hex))
        return found

    def find(self, path: str, folder: str) -> str:
        """In hex; nothing where no file fits or several fit equally well. `folder` is where the playlist lies."""
        path = _read_address(path)
        if not path or len(path) > LONGEST_PATH:
            return ""
        full = os.path.normpath(os.path.join(folder, path)) if folder else path  # noqa: PTH118 - paths may be bytes
        exact = os.fsencode(full.encode("utf-8", "replace").decode("utf-8")).hex()
        return exact if exact in self._known else self._find_by_end(_split(path))

    def _find_by_end(self, parts: list[str]) -> str:
        if not parts:
            return ""
        fitting = [(_count_shared(parts, known), path_hex) for known, path_hex in self._by_name.get(parts[-1], ())]
        fitting = sorted((one for one in fitting if one[0] >= LEAST_PARTS), reverse=True)
        is_clear = len(fitting) == 1 or (len(fitting) > 1 and fitting[0][0] > fitting[1][0])
        return fitting[0][1] if is_clear else ""


def _read_address(path: str) -> str:
    """A file's path; nothing for an address on the network."""
    if path.lower().startswith("file:"):
        return unquote(urlsplit(path).path)
    return "" if "://" in path else path


def _split(path: str) -> list[str]:
    """Parts without drive letters and dots, in lower case: Windows made many playlists."""
    parts = path.casefold().replace("\\", "/").split("/")
    return [part for part in parts if part not in ("", ".", "..") and not part.endswith(":")]


def _count_shared(one: list[str], other: list[str]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count
