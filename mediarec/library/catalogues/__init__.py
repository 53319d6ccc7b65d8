"""Catalogues of works to recommend from beyond what is owned: readers, staging by COPY, merging by statements."""

from mediarec.library.catalogues.base import Filters, LeftOutRow
from mediarec.library.catalogues.registry import READERS
from mediarec.library.catalogues.runner import CatalogueSummary, import_catalogue

__all__ = ["READERS", "CatalogueSummary", "Filters", "LeftOutRow", "import_catalogue"]
