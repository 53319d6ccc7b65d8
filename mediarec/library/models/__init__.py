"""Tables of what people have and did."""

from mediarec.library.models.audit import AuditEntry
from mediarec.library.models.files import MediaFile
from mediarec.library.models.imports import BatchState, ImportBatch, ImportRow, Outcome
from mediarec.library.models.interactions import Interaction, What
from mediarec.library.models.items import Contributor, Credit, ExternalId, Item, Kind, Role
from mediarec.library.models.libraries import ExcludedFolder, LeftOutFile, Library
from mediarec.library.models.people import ApiToken, Ownership, Person, SetupLink

__all__ = [
    "ApiToken",
    "AuditEntry",
    "BatchState",
    "Contributor",
    "Credit",
    "ExcludedFolder",
    "ExternalId",
    "ImportBatch",
    "ImportRow",
    "Interaction",
    "Item",
    "Kind",
    "LeftOutFile",
    "Library",
    "MediaFile",
    "Outcome",
    "Ownership",
    "Person",
    "Role",
    "SetupLink",
    "What",
]
