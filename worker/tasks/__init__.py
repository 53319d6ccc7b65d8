"""Celery tasks: thin wrappers that take ids, call a stage and report. All are safe to run twice."""

from worker.tasks import enrichment, folder_sync, imports, maintenance, training

__all__ = ["enrichment", "folder_sync", "imports", "maintenance", "training"]
