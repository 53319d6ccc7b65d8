"""Changed sidecars (NFOs and pictures) and the media files they belong to. Reads no content and no table."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator

from mediarec.library.importers.folder import COVER_NAMES, PICTURE_ENDINGS
from mediarec.library.scanning import FoundFile, sign_inode

WORDS, PICTURE = "words", "picture"  # what a sidecar can renew
SHARED_NFOS = (b"movie", b"tvshow")
PICTURE_TAILS = (b"-poster", b"-thumb")
BESIDE_ENDINGS = frozenset({b".nfo", *PICTURE_ENDINGS})
CLOCK_STEP_NS = 10_000_000  # how far a file system's clock may lag behind


def read_clock() -> int:
    """The start time of a scan: files written while it runs are newer, and left to the next scan."""
    return time.time_ns() - CLOCK_STEP_NS


def find_renewed(beside: Iterable[bytes], endings: frozenset[bytes]) -> dict[bytes, tuple[FoundFile, set[str]]]:
    """Media files by path, with which of WORDS and PICTURE to read again."""
    renewed: dict[bytes, tuple[FoundFile, set[str]]] = {}
    for path in beside:
        folder, name = os.path.split(path)
        stem, ending = os.path.splitext(name)
        what = WORDS if ending.lower() == b".nfo" else PICTURE
        is_shared = stem.lower() in (SHARED_NFOS if what == WORDS else COVER_NAMES)
        for file in _list_media(folder, endings, is_deep=is_shared):
            if is_shared or os.path.splitext(os.path.basename(file.path))[0] in _list_owners(stem, what):
                renewed.setdefault(file.path, (file, set()))[1].add(what)
    return renewed


def _list_owners(stem: bytes, what: str) -> set[bytes]:
    tails = PICTURE_TAILS if what == PICTURE else ()
    return {stem, *(stem.removesuffix(tail) for tail in tails)}


def _list_media(folder: bytes, endings: frozenset[bytes], *, is_deep: bool) -> Iterator[FoundFile]:
    """The media of a folder; with `is_deep` also of its direct subfolders (seasons, discs)."""
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError:
        return  # it vanished since the walk; the next scan notices
    for entry in entries:
        if entry.name.startswith(b"."):
            continue
        if is_deep and entry.is_dir():
            yield from _list_media(entry.path, endings, is_deep=False)
        elif os.path.splitext(entry.name)[1].lower() in endings and entry.is_file():
            stats = entry.stat()
            yield FoundFile(entry.path, stats.st_size, stats.st_mtime_ns, sign_inode(stats.st_ino))
