"""Files that appear whole or not at all, whatever ends the program meanwhile."""

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
    """A file to write into, beside `path`, whose place it takes at the end of the block.

    An error in the block leaves the former file, or none. `mode` is the file's permission, by the umask where it is
    None. Raises OSError where the folder is not there or cannot be written, or the disk is full.
    """
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        with partial.open("xb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a power failure may leave the new name with nothing in it
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
