"""Metadata of every result: machine, time and code version."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
from datetime import UTC, datetime
from typing import Any

KILO_PER_MEGA = 1024


def describe_machine() -> dict[str, Any]:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "commit": found.stdout.strip() or "unknown",
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILO_PER_MEGA),
    }
