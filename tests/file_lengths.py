"""A fence for `make check`: no source file grows past 400 lines (migrations exempt), no template past 120 columns."""

import sys
from pathlib import Path

MOST_LINES = 400
MOST_COLUMNS = 120  # djlint wraps tags at it, and leaves sentences and template tags as they are
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


def list_wide_templates() -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number} is {len(line)} wide; at most {MOST_COLUMNS} stay readable."
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MOST_COLUMNS
    ]


if __name__ == "__main__":
    sys.exit("\n".join([*list_long_files(), *list_wide_templates()]) or 0)
