"""Tuning of glibc's malloc for training. Knows nothing else."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # from glibc's malloc.h
INT_MAX = 2**31 - 1


def keep_freed_pages() -> bool:
    """Makes malloc keep freed memory in this process instead of returning it; False where that is not supported.

    By default glibc maps and unmaps every large tensor, and the kernel zeroes each new page: a quarter of the time of
    a training step on two cores. Call it only in processes that do nothing but train.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, INT_MAX))
