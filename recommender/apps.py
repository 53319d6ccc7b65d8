"""What the machine makes of the library. Knows no HTTP, no templates, no Celery."""

from django.apps import AppConfig


class RecommenderConfig(AppConfig):
    name = "recommender"
    verbose_name = "Recommender"

    def ready(self) -> None:
        from recommender import handing_over

        handing_over.add_parts()
