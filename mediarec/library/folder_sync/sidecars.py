"""NFOs and pictures that changed beside media that did not: which files they are about. Reads no content, no table."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator

from mediarec.library.importers.folder import COVER_NAMES, PICTURE_ENDINGS
from mediarec.library.scanning import FoundFile, sign_inode

WORDS, PICTURE = "words", "picture"  # what a file beside can renew
SHARED_NFOS = (b"movie", b"tvshow")
PICTURE_TAILS = (b"-poster", b"-thumb")
BESIDE_ENDINGS = frozenset({b".nfo", *PICTURE_ENDINGS})
CLOCK_STEP_NS = 10_000_000  # by which a file system's clock may be behind the machine's


def read_clock() -> int:
    """What a look notes before it starts: what is written while it runs is newer, and left to the next one."""
    return time.time_ns() - CLOCK_STEP_NS


def find_renewed(beside: Iterable[bytes], endings: frozenset[bytes]) -> dict[bytes, tuple[FoundFile, set[str]]]:
    """Media by their path, with what is to be read again of each."""
    found: dict[bytes, tuple[FoundFile, set[str]]] = {}
    for path in beside:
        folder, name = os.path.split(path)
        stem, ending = os.path.splitext(name)
        what = WORDS if ending.lower() == b".nfo" else PICTURE
        is_shared = stem.lower() in (SHARED_NFOS if what == WORDS else COVER_NAMES)
        for file in _list_media(folder, endings, is_deep=is_shared):
            if is_shared or os.path.splitext(os.path.basename(file.path))[0] in _list_owners(stem, what):
                found.setdefault(file.path, (file, set()))[1].add(what)
    return found


def _list_owners(stem: bytes, what: str) -> set[bytes]:
    tails = PICTURE_TAILS if what == PICTURE else ()
    return {stem, *(stem.removesuffix(tail) for tail in tails)}


def _list_media(folder: bytes, endings: frozenset[bytes], *, is_deep: bool) -> Iterator[FoundFile]:
    """A folder's media; those of its seasons and discs, one folder down, where a file is about all of them."""
    try:
        with os.scandir(folder) as opened:
            entries = sorted(opened, key=lambda entry: entry.name)
    except OSError:
        return  # it went since the walk, which the next one notices
    for entry in entries:
        if entry.name.startswith(b"."):
            continue
        if is_deep and entry.is_dir():
            yield from _list_media(entry.path, endings, is_deep=False)
        elif os.path.splitext(entry.name)[1].lower() in endings and entry.is_file():
            about = entry.stat()
            yield FoundFile(entry.path, about.st_size, about.st_mtime_ns, sign_inode(about.st_ino))
