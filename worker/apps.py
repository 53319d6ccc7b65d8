"""The Django app of the worker: tasks, jobs and the supervisor. Knows no pages."""

from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "worker"
    verbose_name = "Jobs"
