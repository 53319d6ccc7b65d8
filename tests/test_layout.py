"""Test modules sit where their module sits: who knows the one path knows the other."""

from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"tests/library": "mediarec/library", "tests/recommender": "recommender"}  # the web's tests go by page


def test_every_folder_of_tests_is_named_after_a_package() -> None:
    folders = [(room, file.parent) for room in ROOMS for file in (ROOT / room).rglob("test_*.py")]
    assert len(folders) > 100
    packages = {ROOT / ROOMS[room] / folder.relative_to(ROOT / room) for room, folder in folders}
    assert [str(package) for package in packages if not (package / "__init__.py").exists()] == []


def test_a_test_module_named_after_a_module_sits_in_its_package() -> None:
    misplaced = []
    for room, source in ROOMS.items():
        homes = _find_homes(ROOT / source)
        for file in (ROOT / room).rglob("test_*.py"):
            package = ROOT / source / file.parent.relative_to(ROOT / room)
            known = homes.get(file.stem.removeprefix("test_"))
            if known and package not in known:
                misplaced.append(str(file.relative_to(ROOT)))
    assert misplaced == []


def _find_homes(source: Path) -> dict[str, set[Path]]:
    """By name, the packages with a module of it; a package's own name is tested inside of it or beside it."""
    homes = defaultdict[str, set[Path]](set)
    for path in source.rglob("*.py"):
        if path.name == "__init__.py":
            homes[path.parent.name] |= {path.parent, path.parent.parent}
        else:
            homes[path.stem].add(path.parent)
    return homes
