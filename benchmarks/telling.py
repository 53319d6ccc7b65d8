"""How far a long measurement is, for who waits: on stderr, so that stdout stays JSON."""

from __future__ import annotations

import sys


def tell(part: str, what: str, done: int, total: int = 0, every: int = 1) -> None:
    """Every so many times; a total of 0 is not known."""
    if done % every == 0:
        of = f" of about {total:,}" if total else ""
        sys.stderr.write(f"{part}: {done:,}{of} {what}\n")
        sys.stderr.flush()
