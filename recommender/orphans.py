"""What the machine made and nothing uses: vectors of spaces that serve nothing, and weights no row names."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from mediarec.library.orphans import Orphans
from recommender.models import Embedding, EmbeddingSpace, TrainedRanker

KEPT_DAYS = 7  # a space that served until lately is what going back needs


def find_orphans() -> list[Orphans]:
    return [_find_vectors(), _find_weights()]


def _find_vectors() -> Orphans:
    """Spaces older than the one that serves their modality now, and not of any weights that are kept. A space that is
    still being filled is newer than the one that serves."""
    limit = timezone.now() - timedelta(days=KEPT_DAYS)
    newer = EmbeddingSpace.objects.filter(
        modality=OuterRef("modality"), is_serving=True, created_at__gt=OuterRef("created_at"), created_at__lt=limit
    )
    kept = TrainedRanker.objects.values("version")
    spaces = EmbeddingSpace.objects.filter(Exists(newer), is_serving=False).exclude(version__in=kept)
    rows = list(Embedding.objects.filter(space__in=spaces).values_list("pk", flat=True))
    names = [f"{space} ({space.modality})" for space in spaces]
    return Orphans("vectors", "Vectors that no search reads any more", Embedding.objects.count(), names, rows, _delete)


def _delete(rows: Sequence[int]) -> int:
    return Embedding.objects.filter(pk__in=rows, space__is_serving=False).delete()[0]


def _find_weights() -> Orphans:
    """Folders of trained weights that no ranker's row names."""
    folder: Path = settings.MEDIAREC_HOME / "rankers"
    there = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    named = {Path(path).resolve() for path in TrainedRanker.objects.values_list("folder", flat=True)}
    limit = (timezone.now() - timedelta(days=KEPT_DAYS)).timestamp()
    loose = [path for path in there if path.resolve() not in named and path.stat().st_mtime < limit]
    names = [path.name for path in loose]
    return Orphans("weights", "Trained weights that nothing names", len(there), names, loose, _remove)


def _remove(paths: Sequence[Path]) -> int:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
    return sum(not path.exists() for path in paths)
