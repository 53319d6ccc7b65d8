"""What an import reads from: a folder, a zip or a single file, all by member name. Guards against hostile archives."""

from __future__ import annotations

import csv
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from mediarec.library.errors import NotFoundError, NotUnderstoodError

MOST_MEMBERS = 20_000
MOST_BYTES = 2 * 1024**3  # of all members together, unpacked
MOST_RATIO = 200  # text packs about 20 to 1; beyond this it is a bomb
RATIO_MATTERS_BYTES = 1024 * 1024
ENCRYPTED = 0x1
LISTED_DEPTH = 4


class Source:
    """Member names are relative, with "/" between folders. Nothing is unpacked to disk."""

    def __init__(self, path: Path) -> None:
        """Raises NotFoundError or NotUnderstoodError, each with a sentence that names the path."""
        self.path = path
        self.refused: dict[str, str] = {}  # members that are never opened, with the reason as a sentence
        self.label = path.name or str(path)
        try:
            self.is_folder = path.is_dir()
            if not self.is_folder and not path.is_file():
                raise NotFoundError(f"{path} does not exist, or this program may not see it.")
            self.is_zip = not self.is_folder and zipfile.is_zipfile(path)
            self.names = self._list_names()
        except OSError as error:
            raise NotFoundError(f"{path} cannot be read: {error.strerror}.") from error

    def find(self, ending: str) -> str | None:
        """The shortest member name that equals `ending` or ends with "/" + `ending`, ignoring case."""
        lowered = ending.lower()
        matches = [name for name in self.names if name.lower() == lowered or name.lower().endswith(f"/{lowered}")]
        return min(matches, key=len, default=None)

    @contextmanager
    def open_bytes(self, name: str) -> Iterator[IO[bytes]]:
        try:
            if self.is_zip:
                with zipfile.ZipFile(self.path) as archive, archive.open(name) as member:
                    yield member
            else:
                with (self.path / name if self.is_folder else self.path).open("rb") as opened:
                    yield opened
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise NotUnderstoodError(f"{self.label}: {name} cannot be read ({error}).") from error

    @contextmanager
    def open_text(self, name: str, encoding: str = "utf-8-sig") -> Iterator[IO[str]]:
        """Decoded text; undecodable bytes are replaced instead of raising."""
        with self.open_bytes(name) as opened:
            yield io.TextIOWrapper(opened, encoding=encoding, errors="replace", newline="")

    def find_picture(self, name: str) -> tuple[str, str] | None:
        """Locates a picture that a row names, as `ParsedWork.artwork` has it; None when it is not in this source."""
        if self.is_zip:
            member_path = os.fsencode(self.path) + b"\0" + name.encode("utf-8", "replace")
            return ("member", member_path.hex()) if name in self.names else None
        folder = (self.path if self.is_folder else self.path.parent).resolve()
        try:
            path = (folder / name).resolve()
        except (OSError, ValueError, RuntimeError):
            return None
        return ("file", os.fsencode(path).hex()) if path.is_relative_to(folder) and path.is_file() else None

    def first_line(self, name: str) -> str:
        with self.open_text(name) as opened:
            return opened.readline(10_000).strip()

    def count_lines(self, name: str) -> int:
        with self.open_bytes(name) as opened:
            return sum(block.count(b"\n") for block in iter(lambda: opened.read(1024 * 1024), b""))

    def read_table(self, name: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Rows of a CSV as (line number, cells by column name); missing cells are empty."""
        with self.open_text(name) as opened:
            reader = csv.DictReader((line.replace("\x00", "") for line in opened), restval="")
            try:
                for row in reader:
                    yield reader.line_num, {key: value or "" for key, value in row.items() if isinstance(key, str)}
            except csv.Error as error:
                raise NotUnderstoodError(f"{self.label}: {name}, line {reader.line_num}: {error}.") from error

    def _list_names(self) -> list[str]:
        if self.is_zip:
            names, self.refused = _list_archive(self.path)
            return names
        if self.is_folder:
            return sorted(_list_folder(self.path, LISTED_DEPTH))
        return [self.path.name]


def _list_archive(path: Path) -> tuple[list[str], dict[str, str]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise NotUnderstoodError(f"{path.name} is not a zip file that can be opened ({error}).") from error
    if len(members) > MOST_MEMBERS:
        raise NotUnderstoodError(f"{path.name} holds {len(members)} files; at most {MOST_MEMBERS} are read.")
    refused = {member.filename: problem for member in members if (problem := _check_member(path, member))}
    accepted = [member for member in members if member.filename not in refused]
    if sum(member.file_size for member in accepted) > MOST_BYTES:
        raise NotUnderstoodError(f"{path.name} unpacks to more than {MOST_BYTES // 1024**3} GiB; it was not opened.")
    return [member.filename for member in accepted], refused


def _check_member(path: Path, member: zipfile.ZipInfo) -> str | None:
    """Why a member is not opened, or None. Its declared size is an upper bound: zipfile reads no further."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in (name.parts or ("",))[0]:
        return f"{path.name} holds a path that climbs out of it: {member.filename}."
    if stat.S_ISLNK(member.external_attr >> 16):
        return f"{path.name}: {member.filename} is a link; links in archives are not followed."
    if member.flag_bits & ENCRYPTED:
        return f"{path.name}: {member.filename} is locked with a password."
    packed = max(1, member.compress_size)
    if member.file_size > RATIO_MATTERS_BYTES and member.file_size / packed > MOST_RATIO:
        return f"{path.name}: {member.filename} unpacks to {member.file_size // packed} times its size; refused."
    return None


def _list_folder(folder: Path, depth: int, prefix: str = "") -> Iterator[str]:
    """Names of data files near the top, for recognising a format; media files are listed by library.scanning."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    yield prefix + entry.name
                elif depth > 1 and entry.is_dir(follow_symlinks=False):
                    yield from _list_folder(Path(entry.path), depth - 1, f"{prefix}{entry.name}/")
    except OSError:
        return  # the walk over the media files reports folders that cannot be opened
