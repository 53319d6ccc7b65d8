"""Opens catalogue files: plain, gzip or zstandard, and a member of a tar in any of these. Lines are bounded."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from mediarec.library.errors import NotFoundError, NotUnderstoodError

LONGEST_LINE = 200_000
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
MOST_LISTED = 10_000  # members of a folder or a tar that are examined


def list_files(paths: list[Path] | tuple[Path, ...]) -> list[Path]:
    """The given files, and the files directly in the given folders. Raises NotFoundError for a missing path."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(child for child in path.iterdir() if child.is_file())[:MOST_LISTED]
        elif path.is_file():
            files.append(path)
        else:
            raise NotFoundError(f"{path} does not exist, or this program may not see it.")
    return files


@contextmanager
def open_stream(path: Path, member: str = "") -> Iterator[IO[bytes]]:
    """The decompressed bytes; of a tar, those of the first member whose name ends with `member`."""
    try:
        with _unpack(path) as stream:
            if member and ".tar" in path.suffixes:
                with _find_member(stream, path, member) as inner:
                    yield inner
            else:
                yield stream
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise NotUnderstoodError(f"{path.name} cannot be read ({error}).") from error


def read_lines(path: Path, member: str = "") -> Iterator[tuple[int, str]]:
    """(number, line) without the line ending. A line longer than LONGEST_LINE is cut."""
    with open_stream(path, member) as stream:
        number = 0
        while line := stream.readline(LONGEST_LINE):
            number += 1
            while not line.endswith(b"\n") and len(line) >= LONGEST_LINE:
                rest = stream.readline(LONGEST_LINE)
                if len(rest) < LONGEST_LINE or rest.endswith(b"\n"):
                    break
            yield number, line.decode("utf-8", "replace").rstrip("\r\n")


@contextmanager
def _unpack(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as opened:
        start = opened.read(4)
        opened.seek(0)
        if start.startswith(GZIP):
            with gzip.open(opened) as unpacked:
                yield cast(IO[bytes], unpacked)
        elif start == ZSTD:
            with _run_zstd(path) as unpacked:
                yield unpacked
        else:
            yield opened


@contextmanager
def _run_zstd(path: Path) -> Iterator[IO[bytes]]:
    program = shutil.which("zstd")
    if program is None:
        raise NotUnderstoodError(f"{path.name} is packed with zstandard, and the program zstd is not here; unpack it.")
    with subprocess.Popen([program, "-dcq", "--", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        if run.stdout is None or run.stderr is None:
            raise OSError("zstd gave no output")
        try:
            yield run.stdout
            is_whole = not run.stdout.read(1)
        finally:
            run.kill() if run.poll() is None else None
        stderr_text = run.stderr.read(300).decode("utf-8", "replace").strip()
        if is_whole and stderr_text:
            raise NotUnderstoodError(f"{path.name} cannot be unpacked to its end ({stderr_text}).")


@contextmanager
def _find_member(stream: IO[bytes], path: Path, ending: str) -> Iterator[IO[bytes]]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for position, member in enumerate(archive):
            if member.isfile() and member.name.endswith(ending):
                inner = archive.extractfile(member)
                if inner is not None:
                    yield inner
                    return
            if position > MOST_LISTED:
                break
    raise NotUnderstoodError(f"{path.name} holds no {ending}.")
