"""Every encoder that can be chosen, with what it costs and gives: a page's table. Loads no model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from recommender.backends import registry, selection
from recommender.models import MeasuredPace


@dataclass(frozen=True)
class EncoderEntry:
    """`milliseconds` were measured here, while the library was read; memory and quality on the project's machine."""

    slot: str
    path: str
    name: str
    licence: str
    dims: int | None
    is_used: bool
    obstacle: str
    memory_mb: int | None
    milliseconds: float | None
    quality: str


def list_encoders() -> list[EncoderEntry]:
    paces = {row.backend: row.seconds_per_item * 1000 for row in MeasuredPace.objects.all()}
    measured = _read_measured()
    return [
        _describe(slot, path, paces, measured, used=registry.find_path(slot))
        for slot in registry.ENCODER_SLOTS
        for path in selection.list_paths(slot)
    ]


def _describe(
    slot: str, path: str, paces: dict[str, float], measured: dict[str, Any], *, used: str | None
) -> EncoderEntry:
    kind = import_string(path)
    obstacle = kind.find_obstacle()
    backend = None if obstacle else kind()  # its constructor loads nothing
    name = backend.name if backend is not None else getattr(kind, "label", path.rpartition(".")[2])
    known = measured.get(name, {})
    return EncoderEntry(
        slot=slot,
        path=path,
        name=name,
        licence=kind.licence,
        dims=backend.dims if backend is not None else None,
        is_used=path == used,
        obstacle=obstacle,
        memory_mb=known.get("memory_mb"),
        milliseconds=paces.get(f"{name} {backend.version}") if backend is not None else None,
        quality=known.get("quality", ""),
    )


def _read_measured() -> dict[str, Any]:
    """What `manage.py benchmark understanding` found; nothing where that file is not there."""
    try:
        text = (settings.BASE_DIR / "benchmarks" / "results" / "understanding.json").read_text(encoding="utf-8")
        found = json.loads(text).get("encoders", {})
    except (OSError, ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}
