"""Weights that a person named: which version they are, and whether they are those they should be. Knows no network."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mediarec.library.errors import UnavailableError

SAMPLE_BYTES = 1 << 20
CHECKSUM_ENDING = ".sha256"
CHUNK_BYTES = 1 << 22


def read_version(path: Path) -> str:
    """A digest of size, start and end of the file: other weights under the same name are another version."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as stream:
        digest.update(stream.read(SAMPLE_BYTES))
        stream.seek(max(0, size - SAMPLE_BYTES))
        digest.update(stream.read(SAMPLE_BYTES))
    return f"file-{digest.hexdigest()[:16]}"


def check_sum(path: Path) -> None:
    """Where a `.sha256` lies beside the weights, as `sha256sum` writes it, they must be those.

    Raises UnavailableError naming the file: half a download loads into numbers that mean nothing.
    """
    note = path.with_name(path.name + CHECKSUM_ENDING)
    if not note.is_file():
        return
    wanted = (note.read_text(encoding="utf-8", errors="replace").split() or [""])[0].lower()
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != wanted:
        raise UnavailableError(f"The weights {path} do not match the checksum in {note.name}: get them again.")
