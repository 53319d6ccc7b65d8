"""What the machine makes of the library. Knows no HTTP, no templates, no Celery."""

from django.apps import AppConfig


class RecommenderConfig(AppConfig):
    name = "recommender"
    verbose_name = "Recommender"

    def ready(self) -> None:
        from recommender import person_archive

        person_archive.add_tables()
