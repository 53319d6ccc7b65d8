"""How this process asks the system for memory. Knows nothing else."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # from glibc's malloc.h
MOST = 2**31 - 1


def keep_freed_pages() -> bool:
    """Lets freed memory stay with this process, for one that does nothing but train; False where that cannot be had.

    glibc gives every large tensor back to the system, which hands out the next one page by page, each filled with
    zeros first: a quarter of a training step on two cores.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, MOST))
