"""Folder sync: applies what was added, moved, changed and removed in watched folders. Knows no schedule and no page."""

from mediarec.library.folder_sync.libraries import (
    LIBRARY_KINDS,
    LibrarySettings,
    add_library,
    change_library,
    find_by_name,
    find_library,
    list_due,
    remove_library,
    set_excluded,
)
from mediarec.library.folder_sync.rescan import (
    FOUND_KINDS,
    BusyError,
    RescanOutcome,
    compare_library,
    count_files,
    rescan_library,
)
from mediarec.library.folder_sync.skipped_files import forget_skipped, list_skipped

__all__ = [
    "FOUND_KINDS",
    "LIBRARY_KINDS",
    "BusyError",
    "LibrarySettings",
    "RescanOutcome",
    "add_library",
    "change_library",
    "compare_library",
    "count_files",
    "find_by_name",
    "find_library",
    "forget_skipped",
    "list_due",
    "list_skipped",
    "remove_library",
    "rescan_library",
    "set_excluded",
]
