"""Walking a folder by bytes: loops, vanishing folders and unreadable files become sentences, the rest goes on."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

SAMPLE_BYTES = 64 * 1024
DEEPEST = 40


@dataclass(frozen=True)
class FoundFile:
    """A regular file; `path` is exact bytes. A `problem` names what could not be looked at instead."""

    path: bytes
    size_bytes: int = 0
    mtime_ns: int = 0
    inode: int = 0
    problem: str = ""

    @property
    def shown(self) -> str:
        return show_path(self.path)


def show_path(path: bytes) -> str:
    """The path for eyes and for the database: bytes that are not UTF-8 are written as \\xNN."""
    return path.decode("utf-8", "backslashreplace").replace("\x00", "")


def walk_files(folder: bytes) -> Iterator[FoundFile]:
    """Every regular file below, a folder's own before those deeper down; each folder once, hidden names skipped."""
    yield from _walk(folder, set(), 0)


def _walk(folder: bytes, visited: set[tuple[int, int]], depth: int) -> Iterator[FoundFile]:
    try:
        about = os.stat(folder)
        if (about.st_dev, about.st_ino) in visited or depth > DEEPEST:
            yield FoundFile(folder, problem=f"{show_path(folder)} leads to a folder that was read already; left out.")
            return
        visited.add((about.st_dev, about.st_ino))
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: (entry.is_dir(), entry.name))
    except OSError as error:
        yield FoundFile(folder, problem=f"{show_path(folder)} cannot be opened: {error.strerror}.")
        return
    for entry in found:
        if not entry.name.startswith(b"."):
            yield from _look(entry, visited, depth)


def _look(entry: "os.DirEntry[bytes]", visited: set[tuple[int, int]], depth: int) -> Iterator[FoundFile]:
    try:
        about = entry.stat()
    except OSError as error:
        reason = "is a link to nowhere" if entry.is_symlink() else f"cannot be looked at: {error.strerror}"
        yield FoundFile(entry.path, problem=f"{show_path(entry.path)} {reason}.")
        return
    if stat.S_ISDIR(about.st_mode):
        yield from _walk(entry.path, visited, depth + 1)
    elif stat.S_ISREG(about.st_mode):
        yield FoundFile(entry.path, about.st_size, about.st_mtime_ns, sign_inode(about.st_ino))


def sign_inode(inode: int) -> int:
    """An inode as a signed number of eight bytes, which is what a database column holds."""
    return inode - (1 << 64) if inode >= 1 << 63 else inode


def hash_content(path: bytes, size_bytes: int) -> str:
    """BLAKE2b of the size and of the first, middle and last 64 KiB: a moved file is known again. Raises OSError."""
    digest = hashlib.blake2b(size_bytes.to_bytes(8, "big"), digest_size=32)
    with open(path, "rb") as opened:
        for start in sorted({0, max(0, size_bytes // 2 - SAMPLE_BYTES // 2), max(0, size_bytes - SAMPLE_BYTES)}):
            opened.seek(start)
            digest.update(opened.read(SAMPLE_BYTES))
    return digest.hexdigest()
