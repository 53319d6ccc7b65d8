"""Celery tasks: shells that take ids, call a stage and report. Safe to run twice."""

from worker.tasks import enrichment, imports, training, upkeep, watching

__all__ = ["enrichment", "imports", "training", "upkeep", "watching"]
