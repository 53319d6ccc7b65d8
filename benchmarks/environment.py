"""Metadata of every result: machine, time and code version."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
KILO_PER_MEGA = 1024


def read_commit() -> str:
    """The short commit id; "unknown" where the project is no checkout, or git is not installed."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    try:
        printed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return printed.stdout.strip() or "unknown"


def describe_machine() -> dict[str, Any]:
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "commit": read_commit(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILO_PER_MEGA),
    }
