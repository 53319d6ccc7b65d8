"""A walk below a folder against what is known of it, in one pass over bytes. Reads no content and no table.

The walk is spelled out rather than built on `walk_files`: most files have not changed, and none of them may cost more
than its entry in the folder, one stat and one look into a dictionary.
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


# What the comparison looks up for each file: size, time, inode, what it is (0 here, 1 missing, 2 left out), row.
KnownFile = tuple[int, int, int | None, int, int]
HERE, MISSING, LEFT_OUT = 0, 1, 2


@dataclass
class FolderDiff:
    """What a walk found. `differing` lie at a known path with another size, time or inode; `gone` were not met."""

    unchanged: int = 0
    left_out: int = 0
    others: int = 0  # files that are no media
    added: list[FoundFile] = field(default_factory=list)
    differing: list[tuple[FoundFile, KnownFile]] = field(default_factory=list)
    sidecars: list[bytes] = field(default_factory=list)  # NFOs and pictures that are newer than the last look
    back: list[int] = field(default_factory=list)  # rows marked missing whose file is there as it was
    gone: dict[bytes, KnownFile] = field(default_factory=dict)
    looked_ns: int | None = None
    problems: list[str] = field(default_factory=list)
    unseen: list[bytes] = field(default_factory=list)  # folders that could not be opened: nothing is known of them

    @property
    def is_empty(self) -> bool:
        return not (self.unchanged or self.left_out or self.others or self.added or self.differing or self.back)


def diff_folder(
    root: bytes, known: dict[bytes, KnownFile], endings: frozenset[bytes], on_file: OnFile, looked_ns: int | None = None
) -> FolderDiff:
    """`known` is used up: what is left in it afterwards is `gone`. `endings` are those of media, lower case;
    `looked_ns` is when the last look began, and None where there was none."""
    found = FolderDiff(gone=known, looked_ns=looked_ns)
    visited: set[tuple[int, int]] = set()
    folders = [(root, 0)]
    looked_at = 0
    while folders:
        folder, depth = folders.pop()
        entries = _open_folder(folder, depth, visited, found)
        deeper = []
        for entry in entries:
            if entry.name.startswith(b"."):
                continue
            try:
                if entry.is_dir():
                    deeper.append((entry.path, depth + 1))
                    continue
                about = entry.stat()
            except OSError as error:
                _note_lost(entry, error, found)
                continue
            looked_at += 1
            if not looked_at % BEAT_FILES:
                on_file(looked_at)
            was = known.pop(entry.path, None)
            if was is not None and was[:4] == (about.st_size, about.st_mtime_ns, about.st_ino, HERE):
                found.unchanged += 1
            else:
                _place(entry, about, was, endings, found)
        folders.extend(sorted(deeper, reverse=True))  # taken from the end: the order in which imports walk
    return found


def _open_folder(
    folder: bytes, depth: int, visited: set[tuple[int, int]], found: FolderDiff
) -> Iterator[os.DirEntry[bytes]]:
    """The entries of a folder that was not visited yet; a problem says why there are none."""
    try:
        about = os.stat(folder)
        if (about.st_dev, about.st_ino) in visited or depth > DEEPEST:
            _say(found, f"{show_path(folder)} leads to a folder that was read already; left out.")
            return iter(())
        visited.add((about.st_dev, about.st_ino))
        with os.scandir(folder) as entries:
            return iter(list(entries))
    except OSError as error:
        found.unseen.append(folder)
        _say(found, f"{show_path(folder)} cannot be opened: {error.strerror}.")
        return iter(())


def _note_lost(entry: os.DirEntry[bytes], error: OSError, found: FolderDiff) -> None:
    """A link to nowhere, or a file that went between listing and looking; only the former is worth a sentence."""
    if entry.is_symlink():
        _say(found, f"{show_path(entry.path)} is a link to nowhere.")
    elif not isinstance(error, FileNotFoundError):
        found.unseen.append(entry.path)
        _say(found, f"{show_path(entry.path)} cannot be looked at: {error.strerror}.")


def _place(
    entry: os.DirEntry[bytes],
    about: os.stat_result,
    was: KnownFile | None,
    endings: frozenset[bytes],
    found: FolderDiff,
) -> None:
    """Everything but a file that is known as it is."""
    if not stat.S_ISREG(about.st_mode):
        return
    inode = sign_inode(about.st_ino)
    if was is None:
        ending = os.path.splitext(entry.name)[1].lower()
        if ending in endings or (not ending and about.st_size):
            found.added.append(FoundFile(entry.path, about.st_size, about.st_mtime_ns, inode))
        else:
            found.others += 1
            if found.looked_ns is not None and ending in BESIDE_ENDINGS:
                _note_sidecar(entry.path, about, found.looked_ns, found)
        return
    is_same = (about.st_size, about.st_mtime_ns, inode) == was[:3]
    if is_same and was[3] == HERE:
        found.unchanged += 1
    elif is_same and was[3] == LEFT_OUT:
        found.left_out += 1
    elif is_same:
        found.back.append(was[4])
    else:
        found.differing.append((FoundFile(entry.path, about.st_size, about.st_mtime_ns, inode), was))


def _note_sidecar(path: bytes, about: os.stat_result, looked_ns: int, found: FolderDiff) -> None:
    """By both times: a picture that was copied in may bear the time of its original."""
    if max(about.st_mtime_ns, about.st_ctime_ns) > looked_ns:
        found.sidecars.append(path)


def _say(found: FolderDiff, sentence: str) -> None:
    if len(found.problems) < MOST_PROBLEMS:
        found.problems.append(sentence)


def is_below(path: bytes, folders: list[bytes]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip(b"/") + b"/") for folder in folders)
