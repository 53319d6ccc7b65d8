"""The admin: one module per noun, for whoever keeps the installation."""

from mediarec.library.models import ApiToken, ImportBatch
from mediarec.web.admin import audit, imports, items, libraries, models, people, work
from recommender.models import EmbeddingSpace, SlateRecord
from worker.models import Switch

# Django forms plurals by adding an "s".
for _model, _plural in (
    (ApiToken, "API keys"),
    (EmbeddingSpace, "embedding spaces"),
    (ImportBatch, "imports"),
    (SlateRecord, "slates"),
    (Switch, "switches"),
):
    _model._meta.verbose_name_plural = _plural

__all__ = ["audit", "imports", "items", "libraries", "models", "people", "work"]
