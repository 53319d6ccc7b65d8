"""A fence for `make check`: no source file grows past 400 lines (migrations exempt)."""

import sys
from pathlib import Path

MOST_LINES = 400
ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("mediarec", "recommender", "worker", "tests", "benchmarks", "static/js", "static/css", "templates")
ENDINGS = {".py", ".js", ".css", ".html"}


def list_long_files() -> list[str]:
    files = (path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in ENDINGS)
    return [
        f"{path.relative_to(ROOT)} has {count} lines; at most {MOST_LINES} stay readable."
        for path in sorted(files)
        if "migrations" not in path.parts and (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]


if __name__ == "__main__":
    sys.exit("\n".join(list_long_files()) or 0)
