"""Catalogues of works beyond the household's own: readers, staging tables filled by COPY, merging in set-based SQL."""

from mediarec.library.catalogues.base import CatalogueFilters, SkippedRow
from mediarec.library.catalogues.registry import READERS
from mediarec.library.catalogues.runner import CatalogueSummary, import_catalogue

__all__ = ["READERS", "CatalogueFilters", "CatalogueSummary", "SkippedRow", "import_catalogue"]
