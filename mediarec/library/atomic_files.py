"""Atomic file writes: a file appears complete or not at all, even after a crash."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

READ_BY_ALL, READ_BY_OWNER = 0o644, 0o600


@contextmanager
def write_atomically(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """Yields a temporary file next to `path` that replaces it at the end of the block.

    After an error in the block the previous file, if any, is unchanged. `mode` sets the permissions; None leaves them
    to the umask. Raises OSError if the folder is missing or not writable, or the disk is full.
    """
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        with partial.open("xb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())  # otherwise a power failure may leave an empty file under the new name
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
