"""The Celery application; tasks live in worker/tasks."""

from celery import Celery

from mediarec import env

env.set_default("DJANGO_SETTINGS_MODULE", "mediarec.settings")

app = Celery("mediarec")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["worker"], related_name="tasks")
