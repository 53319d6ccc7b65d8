"""All selectable encoders with their cost and quality, for the models page. Loads no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.module_loading import import_string

from recommender.backends import registry, selection
from recommender.models import MeasuredPace


class EncoderBenchmark(NamedTuple):
    """Benchmarked memory of an encoder alone, and a sentence on its retrieval quality."""

    memory_mb: int | None = None
    quality: str = ""


# From `manage.py benchmark understanding` on two cores; a test compares them with its stored result.
ENCODER_BENCHMARKS = {
    "all-MiniLM-L6-v2": EncoderBenchmark(193, "answers 100% of its third of the checked-in questions"),
    "efficientnet-lite0": EncoderBenchmark(355, "answers 98% of its third of the checked-in questions"),
    "measured-descriptors": EncoderBenchmark(246),
}


@dataclass(frozen=True)
class EncoderEntry:
    """`milliseconds` per item were measured on this machine during enrichment; memory and quality on the
    project's machine.
    """

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
    """Every backend of every encoder slot, in the order of preference."""
    throughputs = {row.backend: row.seconds_per_item * 1000 for row in MeasuredPace.objects.all()}
    return [
        _describe(slot, path, throughputs, used_path=registry.backend_path(slot))
        for slot in registry.ENCODER_SLOTS
        for path in selection.list_paths(slot)
    ]


def _describe(
    slot: str, path: str, milliseconds_by_backend: dict[str, float], *, used_path: str | None
) -> EncoderEntry:
    backend_class = import_string(path)
    obstacle = backend_class.find_obstacle()
    backend = None if obstacle else backend_class()  # its constructor loads nothing
    name = backend.name if backend is not None else getattr(backend_class, "label", path.rpartition(".")[2])
    measured = ENCODER_BENCHMARKS.get(name, EncoderBenchmark())
    return EncoderEntry(
        slot=slot,
        path=path,
        name=name,
        licence=backend_class.licence,
        dims=backend.dims if backend is not None else None,
        is_used=path == used_path,
        obstacle=obstacle,
        memory_mb=measured.memory_mb,
        milliseconds=milliseconds_by_backend.get(f"{name} {backend.version}") if backend is not None else None,
        quality=measured.quality,
    )
