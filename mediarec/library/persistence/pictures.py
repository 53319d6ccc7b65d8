"""Reads pictures for items: embedded in a file, beside it, or in a zip. Each is decoded once."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from mediarec.library.artwork import MOST_BYTES, read_picture, write_artwork
from mediarec.library.errors import MediarecError, NotUnderstoodError
from mediarec.library.scanning import show_path

Reference = tuple[str, str]  # ("embedded", "file" or "member" of a zip, path in hex)


class PictureReader:
    """Reads and stores pictures with a cache, since all tracks of an album name the same cover. `problems` maps a path
    to a sentence for every refused picture."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}
        self._names: dict[Reference, str] = {}
        self._stored: dict[bytes, str] = {}

    def store(self, reference: Reference | None) -> str:
        """The file name of the stored artwork; empty where there is no picture or it was refused."""
        if reference is None:
            return ""
        if reference not in self._names:
            self._names[reference] = self._read(reference)
        return self._names[reference]

    def _read(self, reference: Reference) -> str:
        storage, path_hex = reference
        path = bytes.fromhex(path_hex)
        shown = show_path(path.replace(b"\0", b": "))
        try:
            data = READERS[storage](path)
            if not data:
                return ""
            digest = hashlib.sha256(data).digest()
            if digest not in self._stored:
                self._stored[digest] = write_artwork(read_picture(data))
            return self._stored[digest]
        except MediarecError as error:
            self.problems[shown] = f"{shown}: {error}"
        except OSError as error:
            self.problems[shown] = f"{shown}: the picture cannot be opened ({error.strerror})."
        return ""


def _read_embedded(path: bytes) -> bytes | None:
    from mediarec.library.importers.audio_files import read_embedded_picture  # only workers read audio

    return read_embedded_picture(path)


def _read_member(path: bytes) -> bytes:
    from mediarec.library.importers.source import Source

    archive, _, name = path.partition(b"\0")
    with Source(Path(os.fsdecode(archive))).open_bytes(name.decode("utf-8", "replace")) as member:
        return member.read(MOST_BYTES + 1)


def _read_file(path: bytes) -> bytes:
    file = Path(os.fsdecode(path))
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise NotUnderstoodError(f"The picture is too large: {size // 2**20} MB, at most {MOST_BYTES // 2**20}.")
    return file.read_bytes()


READERS: dict[str, Callable[[bytes], bytes | None]] = {
    "embedded": _read_embedded,
    "file": _read_file,
    "member": _read_member,
}
