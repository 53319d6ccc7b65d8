"""Derived data that nothing uses any more: vectors of spaces that no longer serve, and weights without a row."""

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

KEPT_DAYS = 7  # a recently replaced space is needed for a rollback


def find_orphans() -> list[Orphans]:
    return [_find_vectors(), _find_weights()]


def _find_vectors() -> Orphans:
    """Vectors of spaces older than the one that serves their modality, and not of stored weights. A space that is still
    being filled is newer than the serving one, so it is never an orphan.
    """
    limit = timezone.now() - timedelta(days=KEPT_DAYS)
    newer_serving = EmbeddingSpace.objects.filter(
        modality=OuterRef("modality"), is_serving=True, created_at__gt=OuterRef("created_at"), created_at__lt=limit
    )
    ranker_versions = TrainedRanker.objects.values("version")
    spaces = EmbeddingSpace.objects.filter(Exists(newer_serving), is_serving=False).exclude(version__in=ranker_versions)
    rows = list(Embedding.objects.filter(space__in=spaces).values_list("pk", flat=True))
    names = [f"{space} ({space.modality})" for space in spaces]
    return Orphans(
        "vectors", "Vectors that no search reads any more", Embedding.objects.count(), names, rows, _delete_vectors
    )


def _delete_vectors(rows: Sequence[int]) -> int:
    return Embedding.objects.filter(pk__in=rows, space__is_serving=False).delete()[0]


def _find_weights() -> Orphans:
    """Folders of trained weights that no TrainedRanker row refers to."""
    folder: Path = settings.MEDIAREC_HOME / "rankers"
    folders = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    referenced = {Path(path).resolve() for path in TrainedRanker.objects.values_list("folder", flat=True)}
    limit = (timezone.now() - timedelta(days=KEPT_DAYS)).timestamp()
    orphaned = [path for path in folders if path.resolve() not in referenced and path.stat().st_mtime < limit]
    names = [path.name for path in orphaned]
    return Orphans("weights", "Trained weights that nothing names", len(folders), names, orphaned, _delete_folders)


def _delete_folders(paths: Sequence[Path]) -> int:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
    return sum(not path.exists() for path in paths)
