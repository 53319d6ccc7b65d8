"""How long things take here, remembered between runs; how many go at once when memory is short. Knows no models."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.models import MeasuredPace

LATEST_WEIGHT = 0.5
GROW_AFTER = 16  # batches that went well before a halved size is tried larger again
LEAST_SAMPLE = 4  # items; fewer say more of loading the model than of the work


def record_throughput(stage: str, backend: str, seconds: float, items: int) -> None:
    """Takes a run's own measure in; a run of a few items says too little."""
    if items < LEAST_SAMPLE:
        return
    known = MeasuredPace.objects.filter(stage=stage, backend=backend).first()
    now = seconds / items
    if known is None:
        MeasuredPace.objects.create(stage=stage, backend=backend, seconds_per_item=now, items=items)
        return
    known.seconds_per_item += LATEST_WEIGHT * (now - known.seconds_per_item)
    known.items += items
    known.save()


def load_throughputs() -> dict[str, float]:
    """Seconds per item of each stage, by the backend that ran last."""
    rows = MeasuredPace.objects.order_by("measured_at").values_list("stage", "seconds_per_item")
    return dict(rows)


@dataclass
class BatchSize:
    """Halves when memory runs out and grows back slowly; never above `most`."""

    most: int
    now: int = 0
    _good: int = 0

    def __post_init__(self) -> None:
        self.now = self.now or self.most

    def note_success(self) -> None:
        self._good += 1
        if self._good >= GROW_AFTER and self.now < self.most:
            self.now, self._good = min(self.most, self.now * 2), 0

    def halve(self) -> bool:
        """False where one at a time is already too much."""
        if self.now == 1:
            return False
        self.now, self._good = max(1, self.now // 2), 0
        return True


def is_out_of_memory(error: BaseException) -> bool:
    """Python's, torch's (of several classes over its versions) and ONNX Runtime's."""
    return isinstance(error, MemoryError) or "out of memory" in str(error).lower() or "bad_alloc" in str(error)
