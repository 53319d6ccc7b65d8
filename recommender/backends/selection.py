"""The backend a person selected per slot, in a file read by workers and pages alike. Loads no model."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from mediarec.library.atomic_files import write_atomically
from mediarec.library.errors import NotUnderstoodError


def list_paths(slot: str) -> list[str]:
    """The backends of a slot by dotted path, the selected one first. A path that the settings do not list
    is never loaded.
    """
    paths: list[str] = list(settings.MODEL_SLOTS.get(slot, []))
    selected = _read().get(slot)
    return [selected, *(path for path in paths if path != selected)] if selected in paths else paths


def choose(slot: str, path: str) -> None:
    """Selects a backend. Raises NotUnderstoodError for one that the settings do not list for this slot."""
    if path not in settings.MODEL_SLOTS.get(slot, []):
        raise NotUnderstoodError("There is no such model to choose for this.")
    target = _file()
    target.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(target) as file:
        file.write(json.dumps({**_read(), slot: path}).encode())


def _read() -> dict[str, str]:
    try:
        selection = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return selection if isinstance(selection, dict) else {}


def _file() -> Path:
    home: Path = settings.MEDIAREC_HOME
    return home / "models" / "chosen.json"
