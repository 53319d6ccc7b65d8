"""The catalogue, files and interactions. Knows no models, no taste, no pages."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "mediarec.library"
    label = "library"
    verbose_name = "Library"
