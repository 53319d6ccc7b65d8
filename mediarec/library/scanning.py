"""Walks a folder by byte paths. Loops, vanished folders and unreadable files become problems, and the walk goes on."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

SAMPLE_BYTES = 64 * 1024
DEEPEST = 40


@dataclass(frozen=True)
class FoundFile:
    """A regular file by its exact byte path, or, with a `problem`, an entry that could not be read."""

    path: bytes
    size_bytes: int = 0
    mtime_ns: int = 0
    inode: int = 0
    problem: str = ""

    @property
    def shown(self) -> str:
        return show_path(self.path)


def show_path(path: bytes) -> str:
    """The path as text for display: bytes that are not UTF-8 are written as \\xNN."""
    return path.decode("utf-8", "backslashreplace").replace("\x00", "")


def walk_files(folder: bytes) -> Iterator[FoundFile]:
    """Every regular file below, a folder's own files first; each folder once, hidden names skipped."""
    yield from _walk(folder, set(), 0)


def _walk(folder: bytes, visited: set[tuple[int, int]], depth: int) -> Iterator[FoundFile]:
    try:
        stats = os.stat(folder)
        if (stats.st_dev, stats.st_ino) in visited or depth > DEEPEST:
            yield FoundFile(folder, problem=f"{show_path(folder)} leads to a folder that was read already; left out.")
            return
        visited.add((stats.st_dev, stats.st_ino))
        with os.scandir(folder) as entries:
            children = sorted(entries, key=lambda entry: (entry.is_dir(), entry.name))
    except OSError as error:
        yield FoundFile(folder, problem=f"{show_path(folder)} cannot be opened: {error.strerror}.")
        return
    for entry in children:
        if not entry.name.startswith(b"."):
            yield from _read_entry(entry, visited, depth)


def _read_entry(entry: "os.DirEntry[bytes]", visited: set[tuple[int, int]], depth: int) -> Iterator[FoundFile]:
    try:
        stats = entry.stat()
    except OSError as error:
        reason = "is a link to nowhere" if entry.is_symlink() else f"cannot be looked at: {error.strerror}"
        yield FoundFile(entry.path, problem=f"{show_path(entry.path)} {reason}.")
        return
    if stat.S_ISDIR(stats.st_mode):
        yield from _walk(entry.path, visited, depth + 1)
    elif stat.S_ISREG(stats.st_mode):
        yield FoundFile(entry.path, stats.st_size, stats.st_mtime_ns, sign_inode(stats.st_ino))


def sign_inode(inode: int) -> int:
    """An unsigned 64-bit inode as the signed number that a database column holds."""
    return inode - (1 << 64) if inode >= 1 << 63 else inode


def hash_content(path: bytes, size_bytes: int) -> str:
    """BLAKE2b of the size and of the first, middle and last 64 KiB, to recognise moved files. Raises OSError."""
    digest = hashlib.blake2b(size_bytes.to_bytes(8, "big"), digest_size=32)
    with open(path, "rb") as opened:
        for start in sorted({0, max(0, size_bytes // 2 - SAMPLE_BYTES // 2), max(0, size_bytes - SAMPLE_BYTES)}):
            opened.seek(start)
            digest.update(opened.read(SAMPLE_BYTES))
    return digest.hexdigest()
