"""Celery tasks: shells that take ids, call a stage and report. Safe to run twice."""

from worker.tasks import enrichment, folder_sync, imports, maintenance, training

__all__ = ["enrichment", "folder_sync", "imports", "maintenance", "training"]
