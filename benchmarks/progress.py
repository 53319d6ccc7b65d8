"""Progress of a long benchmark, on stderr, so that stdout stays JSON."""

from __future__ import annotations

import sys
import time

EVERY_SECONDS = 5.0
_told: dict[tuple[str, str], float] = {}


def report_progress(part: str, what: str, done: int, total: int = 0) -> None:
    """Prints at once and then every few seconds; a total of 0 means unknown."""
    now = time.monotonic()
    if now - _told.get((part, what), 0.0) >= EVERY_SECONDS:
        _told[part, what] = now
        of = f" of about {total:,}" if total else ""
        sys.stderr.write(f"{part}: {done:,}{of} {what}\n")
        sys.stderr.flush()
