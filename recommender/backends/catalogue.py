"""Every encoder that can be chosen, with what it costs and gives: a page's table. Loads no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.module_loading import import_string

from recommender.backends import registry, selection
from recommender.models import MeasuredPace


class Measured(NamedTuple):
    """The memory an encoder takes alone, and in a sentence how well it finds what was asked for."""

    memory_mb: int | None = None
    quality: str = ""


# By `manage.py benchmark understanding`, on two cores; a test compares them with the result that is kept of it.
MEASURED = {
    "all-MiniLM-L6-v2": Measured(193, "answers 100% of its third of the checked-in questions"),
    "efficientnet-lite0": Measured(355, "answers 98% of its third of the checked-in questions"),
    "measured-descriptors": Measured(246),
}


@dataclass(frozen=True)
class EncoderEntry:
    """`milliseconds` were measured here, while the library was read; memory and quality on the project's machine."""

    slot: str
    path: str
    name: str
    licence: str
    dims: int | None
    is_used: bool
    obstacle: str | None
    memory_mb: int | None
    milliseconds: float | None
    quality: str


def list_encoders() -> list[EncoderEntry]:
    paces = {row.backend: row.seconds_per_item * 1000 for row in MeasuredPace.objects.all()}
    return [
        _describe(slot, path, paces, used=registry.find_path(slot))
        for slot in registry.ENCODER_SLOTS
        for path in selection.list_paths(slot)
    ]


def _describe(slot: str, path: str, paces: dict[str, float], *, used: str | None) -> EncoderEntry:
    kind = import_string(path)
    obstacle = kind.find_obstacle()
    backend = None if obstacle else kind()  # its constructor loads nothing
    name = backend.name if backend is not None else getattr(kind, "label", path.rpartition(".")[2])
    measured = MEASURED.get(name, Measured())
    return EncoderEntry(
        slot=slot,
        path=path,
        name=name,
        licence=kind.licence,
        dims=backend.dims if backend is not None else None,
        is_used=path == used,
        obstacle=obstacle,
        memory_mb=measured.memory_mb,
        milliseconds=paces.get(f"{name} {backend.version}") if backend is not None else None,
        quality=measured.quality,
    )
