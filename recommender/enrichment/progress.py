"""How far describing and embedding has come, read off the rows: true for every process, also after a kill."""

from __future__ import annotations

from collections import deque
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from mediarec.library.models import Item
from recommender.backends import ranker_weights, registry
from recommender.enrichment import descriptions
from recommender.enrichment.extractors import Extractor
from recommender.enrichment.load_failures import list_unloaded
from recommender.enrichment.media_extractors import READERS
from recommender.enrichment.sources import SOURCES, STALE, Source
from recommender.enrichment.throughput import load_throughputs
from recommender.models import Description, Embedding, EmbeddingSpace, EnrichmentFailure, Modality, Reading

LABELS = {
    "descriptions": "Descriptions from facts",
    "text": "Text vectors",
    "taste": "Taste vectors",
    "image": "Picture vectors",
    "audio": "Sound vectors",
    "words": "Subtitles and lyrics",
    "sound": "Tempo, key and loudness",
    "posters": "Words on pictures",
    "moving": "Moving pictures",
    "sentences": "Descriptions by the language model",
}
# Rough guesses of seconds per item on two cores, until this machine's own pace is known.
USUAL_SECONDS = {
    "descriptions": 0.002, "text": 0.03, "taste": 0.001, "image": 0.1, "audio": 1.5, "words": 0.05, "sound": 1.2,
    "posters": 1.5, "moving": 12.0, "sentences": 3.0,
}  # fmt: skip
PACE_WINDOW = timedelta(minutes=3)
MIN_SAMPLE = 8  # vectors in the window before its pace is believed


@dataclass(frozen=True)
class StageProgress:
    """`failed` items are counted neither as done nor as left: they wait for their content to change."""

    stage: str
    label: str
    done: int
    total: int
    failed: int = 0
    seconds_per_item: float = 0.0

    @property
    def left(self) -> int:
        return max(0, self.total - self.done - self.failed)

    @property
    def percent(self) -> int:
        return 100 if not self.total else min(100, 100 * (self.done + self.failed) // self.total)

    @property
    def seconds_left(self) -> float:
        return self.left * self.seconds_per_item


@dataclass(frozen=True)
class EnrichmentProgress:
    """Stages in the order they run. `seconds_left` is an estimate, None when nothing is left."""

    stages: tuple[StageProgress, ...]

    @property
    def done(self) -> int:
        return sum(stage.done for stage in self.stages)

    @property
    def total(self) -> int:
        return sum(stage.total for stage in self.stages)

    @property
    def failed(self) -> int:
        return sum(stage.failed for stage in self.stages)

    @property
    def left(self) -> int:
        return sum(stage.left for stage in self.stages)

    @property
    def is_lacking(self) -> bool:
        return self.left > 0

    @property
    def percent(self) -> int:
        return 100 if not self.total else min(100, 100 * (self.done + self.failed) // self.total)

    @property
    def seconds_left(self) -> float | None:
        return sum(stage.seconds_left for stage in self.stages) if self.left else None


def say_duration(seconds: float) -> str:
    """Rounded to what an estimate deserves: "a moment", "about 20 min", "about 3 h"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "a moment" if seconds else "nothing to do"
    return f"about {minutes} min" if minutes < 90 else f"about {round(minutes / 60)} h"


@dataclass
class Pace:
    """Seconds per item over the last minutes of one run."""

    usual_seconds: float
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, now: float, done: int) -> None:
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > PACE_WINDOW.total_seconds():
            self._marks.popleft()

    def seconds_left(self, left: int) -> float:
        first, last = (self._marks[0], self._marks[-1]) if self._marks else ((0.0, 0), (0.0, 0))
        moved = last[1] - first[1]
        return left * ((last[0] - first[0]) / moved if moved else self.usual_seconds)


def count_lacking() -> EnrichmentProgress:
    """A handful of counting queries; loads no model."""
    total = Item.objects.count()
    unloaded = list_unloaded()
    by_modality = {source.modality: _count_vectors(source, unloaded) for source in SOURCES}
    stages = [
        StageProgress(
            "descriptions", LABELS["descriptions"], _count_templates(), total, 0, USUAL_SECONDS["descriptions"]
        ),
        by_modality["text"],
        _count_taste(),
        by_modality["image"],
        by_modality["audio"],
        *(_count_readings(reader) for reader in READERS if reader.name not in unloaded),
        _count_sentences(),
    ]
    return EnrichmentProgress(tuple(stage for stage in stages if stage is not None))


def _count_templates() -> int:
    return Description.objects.filter(describer=descriptions.TEMPLATE).count()


def _count_vectors(source: Source, unloaded: Set[str]) -> StageProgress | None:
    """None where this machine has no encoder for it, or cannot load the one it has."""
    encoder = registry.create_encoder(source.modality)
    if encoder is None or encoder.name in unloaded:
        return None
    space = EmbeddingSpace.objects.filter(encoder=encoder.name, version=encoder.version).first()
    applicable = source.applicable()
    failed = EnrichmentFailure.objects.filter(stage=encoder.name, item__in=applicable).count()
    return _count_space(source.modality, space, applicable.count(), failed)


def _count_readings(reader: Extractor) -> StageProgress:
    applicable = reader.applicable()
    readings = Reading.objects.filter(reader=reader.name, version=reader.version, item__in=applicable)
    failed = EnrichmentFailure.objects.filter(stage=reader.name, item__in=applicable).count()
    pace = load_throughputs().get(reader.stage, USUAL_SECONDS[reader.stage])
    total = applicable.count()
    return StageProgress(reader.stage, LABELS[reader.stage], min(readings.count(), total), total, failed, pace)


def _count_taste() -> StageProgress | None:
    ranker = ranker_weights.find_current()
    if ranker.folder is None:
        return None
    space = EmbeddingSpace.objects.filter(encoder=ranker.name, version=ranker.version).first()
    modalities = (Modality.TEXT, Modality.IMAGE, Modality.AUDIO)
    ready = Embedding.objects.filter(space__modality__in=modalities).aggregate(count=Count("item", distinct=True))
    return _count_space("taste", space, ready["count"], 0)


def _count_space(stage: str, space: EmbeddingSpace | None, total: int, failed: int) -> StageProgress:
    fresh = Q(space=space) & ~Q(content_hash=STALE)
    done = Embedding.objects.filter(fresh).count() if space else 0
    usual = load_throughputs().get(stage, USUAL_SECONDS[stage]) if done + failed < total else 0.0
    pace = _read_pace(space, usual) if space and done + failed < total else usual
    return StageProgress(stage, LABELS[stage], min(done, total), total, failed, pace)


def _read_pace(space: EmbeddingSpace, usual: float) -> float:
    """Of the last minutes in which anything was stored, whichever process did it."""
    vectors = Embedding.objects.filter(space=space, created_at__gte=timezone.now() - PACE_WINDOW)
    seen = vectors.aggregate(count=Count("pk"), first=Min("created_at"), last=Max("created_at"))
    if seen["count"] < MIN_SAMPLE or seen["last"] <= seen["first"]:
        return usual
    after_first = vectors.filter(created_at__gt=seen["first"] + timedelta(milliseconds=5)).count()
    return float((seen["last"] - seen["first"]).total_seconds() / after_first) if after_first else usual


def _count_sentences() -> StageProgress | None:
    """None where no language model answers: every item has its template."""
    writer = registry.load_generator()
    if writer is None:
        return None
    total = descriptions.describable_items().count()
    left = descriptions.undescribed_items(writer.name).count()
    failed = EnrichmentFailure.objects.filter(
        stage=writer.name, item__in=descriptions.describable_items().values("pk")
    ).count()
    pace = USUAL_SECONDS["sentences"]
    return StageProgress("sentences", LABELS["sentences"], max(0, total - left - failed), total, failed, pace)
