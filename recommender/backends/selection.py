"""Which backend of a slot a person chose, as a file that workers and pages read alike. Loads no model."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from mediarec.library.atomic_files import write_atomically
from mediarec.library.errors import NotUnderstoodError


def list_paths(slot: str) -> list[str]:
    """The backends of a slot, the chosen one first. What the settings do not name is never loaded."""
    paths: list[str] = list(settings.MODEL_SLOTS.get(slot, []))
    chosen = _read().get(slot)
    return [chosen, *(path for path in paths if path != chosen)] if chosen in paths else paths


def choose(slot: str, path: str) -> None:
    """Raises NotUnderstoodError for a backend that the settings do not name for this slot."""
    if path not in settings.MODEL_SLOTS.get(slot, []):
        raise NotUnderstoodError("There is no such model to choose for this.")
    target = _file()
    target.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(target) as file:
        file.write(json.dumps({**_read(), slot: path}).encode())


def _read() -> dict[str, str]:
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _file() -> Path:
    home: Path = settings.MEDIAREC_HOME
    return home / "models" / "chosen.json"
