"""Compares a folder with its known files in one walk over byte paths. Reads no content and no table.

The walk does not use `walk_files` for speed: most files are unchanged, and each of these may cost no more than its
directory entry, one stat and one dictionary look-up.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mediarec.library.folder_sync.sidecars import BESIDE_ENDINGS
from mediarec.library.scanning import DEEPEST, FoundFile, show_path, sign_inode

MOST_PROBLEMS = 200
BEAT_FILES = 2000
OnFile = Callable[[int], None]


# Known file: size, mtime, inode, state (HERE, MISSING, LEFT_OUT), row ID.
KnownFile = tuple[int, int, int | None, int, int]
HERE, MISSING, LEFT_OUT = 0, 1, 2


@dataclass
class FolderDiff:
    """The result of a walk. `differing` have a known path but another size, mtime or inode; `gone` were not found."""

    unchanged: int = 0
    left_out: int = 0
    others: int = 0  # files that are not media
    added: list[FoundFile] = field(default_factory=list)
    differing: list[tuple[FoundFile, KnownFile]] = field(default_factory=list)
    sidecars: list[bytes] = field(default_factory=list)  # NFOs and pictures newer than the last scan
    returned: list[int] = field(default_factory=list)  # rows marked missing whose file is back unchanged
    gone: dict[bytes, KnownFile] = field(default_factory=dict)
    looked_ns: int | None = None
    problems: list[str] = field(default_factory=list)
    unseen: list[bytes] = field(default_factory=list)  # folders that could not be opened

    @property
    def is_empty(self) -> bool:
        return not (self.unchanged or self.left_out or self.others or self.added or self.differing or self.returned)


def diff_folder(
    root: bytes, known: dict[bytes, KnownFile], endings: frozenset[bytes], on_file: OnFile, looked_ns: int | None = None
) -> FolderDiff:
    """Walks `root` and compares it with `known`, which is consumed: what is left in it is `gone`. `endings` are media
    extensions in lower case; `looked_ns` is the start of the last scan, None without one."""
    diff = FolderDiff(gone=known, looked_ns=looked_ns)
    visited: set[tuple[int, int]] = set()
    folders = [(root, 0)]
    looked_at = 0
    while folders:
        folder, depth = folders.pop()
        entries = _open_folder(folder, depth, visited, diff)
        deeper = []
        for entry in entries:
            if entry.name.startswith(b"."):
                continue
            try:
                if entry.is_dir():
                    deeper.append((entry.path, depth + 1))
                    continue
                stats = entry.stat()
            except OSError as error:
                _note_unreadable(entry, error, diff)
                continue
            looked_at += 1
            if not looked_at % BEAT_FILES:
                on_file(looked_at)
            entry_known = known.pop(entry.path, None)
            if entry_known is not None and entry_known[:4] == (stats.st_size, stats.st_mtime_ns, stats.st_ino, HERE):
                diff.unchanged += 1
            else:
                _classify(entry, stats, entry_known, endings, diff)
        folders.extend(sorted(deeper, reverse=True))  # taken from the end: the order in which imports walk
    return diff


def _open_folder(
    folder: bytes, depth: int, visited: set[tuple[int, int]], diff: FolderDiff
) -> Iterator[os.DirEntry[bytes]]:
    """The entries of a folder not visited yet; none, with a problem noted, if it cannot be read or was visited."""
    try:
        stats = os.stat(folder)
        if (stats.st_dev, stats.st_ino) in visited or depth > DEEPEST:
            _note_problem(diff, f"{show_path(folder)} leads to a folder that was read already; left out.")
            return iter(())
        visited.add((stats.st_dev, stats.st_ino))
        with os.scandir(folder) as entries:
            return iter(list(entries))
    except OSError as error:
        diff.unseen.append(folder)
        _note_problem(diff, f"{show_path(folder)} cannot be opened: {error.strerror}.")
        return iter(())


def _note_unreadable(entry: os.DirEntry[bytes], error: OSError, diff: FolderDiff) -> None:
    """Notes a broken link or an unreadable file; one that vanished since the listing is ignored."""
    if entry.is_symlink():
        _note_problem(diff, f"{show_path(entry.path)} is a link to nowhere.")
    elif not isinstance(error, FileNotFoundError):
        diff.unseen.append(entry.path)
        _note_problem(diff, f"{show_path(entry.path)} cannot be looked at: {error.strerror}.")


def _classify(
    entry: os.DirEntry[bytes],
    stats: os.stat_result,
    known_file: KnownFile | None,
    endings: frozenset[bytes],
    diff: FolderDiff,
) -> None:
    """Classifies a file that is new or differs from what is known."""
    if not stat.S_ISREG(stats.st_mode):
        return
    inode = sign_inode(stats.st_ino)
    if known_file is None:
        ending = os.path.splitext(entry.name)[1].lower()
        if ending in endings or (not ending and stats.st_size):
            diff.added.append(FoundFile(entry.path, stats.st_size, stats.st_mtime_ns, inode))
        else:
            diff.others += 1
            if diff.looked_ns is not None and ending in BESIDE_ENDINGS:
                _note_sidecar(entry.path, stats, diff.looked_ns, diff)
        return
    is_same = (stats.st_size, stats.st_mtime_ns, inode) == known_file[:3]
    if is_same and known_file[3] == HERE:
        diff.unchanged += 1
    elif is_same and known_file[3] == LEFT_OUT:
        diff.left_out += 1
    elif is_same:
        diff.returned.append(known_file[4])
    else:
        diff.differing.append((FoundFile(entry.path, stats.st_size, stats.st_mtime_ns, inode), known_file))


def _note_sidecar(path: bytes, stats: os.stat_result, looked_ns: int, diff: FolderDiff) -> None:
    """Compares mtime and ctime with the last scan: a copied picture may keep the mtime of its original."""
    if max(stats.st_mtime_ns, stats.st_ctime_ns) > looked_ns:
        diff.sidecars.append(path)


def _note_problem(diff: FolderDiff, sentence: str) -> None:
    if len(diff.problems) < MOST_PROBLEMS:
        diff.problems.append(sentence)


def is_below(path: bytes, folders: list[bytes]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip(b"/") + b"/") for folder in folders)
