"""Configured weight files: their version digest and their checksum. Knows no network."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mediarec.library.errors import UnavailableError

SAMPLE_BYTES = 1 << 20
CHECKSUM_ENDING = ".sha256"
CHUNK_BYTES = 1 << 22


def read_version(path: Path) -> str:
    """A digest of the file's size, start and end: other weights under the same name are another version."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as stream:
        digest.update(stream.read(SAMPLE_BYTES))
        stream.seek(max(0, size - SAMPLE_BYTES))
        digest.update(stream.read(SAMPLE_BYTES))
    return f"file-{digest.hexdigest()[:16]}"


def verify_checksum(path: Path) -> None:
    """Verifies the weights against a `.sha256` file beside them, in the format of `sha256sum`; without one, nothing is
    checked.

    Raises UnavailableError naming the file: a truncated download can load into meaningless vectors.
    """
    checksum_file = path.with_name(path.name + CHECKSUM_ENDING)
    if not checksum_file.is_file():
        return
    expected = (checksum_file.read_text(encoding="utf-8", errors="replace").split() or [""])[0].lower()
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != expected:
        raise UnavailableError(f"The weights {path} do not match the checksum in {checksum_file.name}: get them again.")
