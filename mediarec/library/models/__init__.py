"""The library's models: items, files, imports, interactions, people."""

from mediarec.library.models.audit import AuditEntry
from mediarec.library.models.catalogues import CatalogueRun, CatalogueState
from mediarec.library.models.decisions import Decision, ItemChange, RememberedChoice
from mediarec.library.models.files import MediaFile
from mediarec.library.models.imports import BatchState, ImportBatch, ImportRow, Outcome
from mediarec.library.models.interactions import Interaction, InteractionType
from mediarec.library.models.items import Contributor, Credit, ExternalId, Item, Kind, Role
from mediarec.library.models.libraries import ExcludedFolder, LeftOutFile, Library
from mediarec.library.models.people import ApiToken, Person, SetupLink

__all__ = [
    "ApiToken",
    "AuditEntry",
    "BatchState",
    "CatalogueRun",
    "CatalogueState",
    "Contributor",
    "Credit",
    "Decision",
    "ExcludedFolder",
    "ExternalId",
    "ImportBatch",
    "ImportRow",
    "Interaction",
    "InteractionType",
    "Item",
    "ItemChange",
    "Kind",
    "LeftOutFile",
    "Library",
    "MediaFile",
    "Outcome",
    "Person",
    "RememberedChoice",
    "Role",
    "SetupLink",
]
