"""Catalogues of works to recommend from beyond what is owned: readers, staging by COPY, merging by statements."""

from mediarec.library.catalogues.base import CatalogueFilters, SkippedRow
from mediarec.library.catalogues.registry import READERS
from mediarec.library.catalogues.runner import CatalogueSummary, import_catalogue

__all__ = ["READERS", "CatalogueFilters", "CatalogueSummary", "SkippedRow", "import_catalogue"]
