"""Where the product's own source lies, for tests that read it. Paths alone; nothing is loaded."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("mediarec", "recommender", "worker", "benchmarks")


def list_source_files() -> list[Path]:
    """Every Python file that is no test, in a fixed order."""
    files = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return [ROOT / "manage.py", *files]
