"""What the machine makes of the library. Knows no HTTP, no templates, no Celery."""

from django.apps import AppConfig


class RecommenderConfig(AppConfig):
    name = "recommender"
    verbose_name = "Recommender"
