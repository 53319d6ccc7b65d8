"""Measured throughput, stored between runs, and batch sizes that adapt to memory. Knows no models."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.models import MeasuredPace

LATEST_WEIGHT = 0.5
GROW_AFTER = 16  # successful batches before a halved size is doubled again
LEAST_SAMPLE = 4  # items; with fewer, loading the model dominates the time


def record_throughput(stage: str, backend: str, seconds: float, items: int) -> None:
    """Updates the moving average of seconds per item; runs of fewer than LEAST_SAMPLE items are ignored."""
    if items < LEAST_SAMPLE:
        return
    stored = MeasuredPace.objects.filter(stage=stage, backend=backend).first()
    seconds_per_item = seconds / items
    if stored is None:
        MeasuredPace.objects.create(stage=stage, backend=backend, seconds_per_item=seconds_per_item, items=items)
        return
    stored.seconds_per_item += LATEST_WEIGHT * (seconds_per_item - stored.seconds_per_item)
    stored.items += items
    stored.save()


def load_throughputs() -> dict[str, float]:
    """Seconds per item of each stage, from the backend that ran last."""
    rows = MeasuredPace.objects.order_by("measured_at").values_list("stage", "seconds_per_item")
    return dict(rows)


@dataclass
class AdaptiveBatchSize:
    """Halves when memory runs out and doubles again after GROW_AFTER successes; never above `most`."""

    maximum: int
    current: int = 0
    _successes: int = 0

    def __post_init__(self) -> None:
        self.current = self.current or self.maximum

    def record_success(self) -> None:
        self._successes += 1
        if self._successes >= GROW_AFTER and self.current < self.maximum:
            self.current, self._successes = min(self.maximum, self.current * 2), 0

    def halve(self) -> bool:
        """False where the size is 1 already."""
        if self.current == 1:
            return False
        self.current, self._successes = max(1, self.current // 2), 0
        return True


def is_out_of_memory(error: BaseException) -> bool:
    """Recognises Python's error, torch's (of several classes across versions) and ONNX Runtime's."""
    return isinstance(error, MemoryError) or "out of memory" in str(error).lower() or "bad_alloc" in str(error)
