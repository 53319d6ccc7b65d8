"""Everything of one person as a zip, and what reading it back needs beyond rows of a batch."""

from mediarec.library.person_archive.match_decisions import MATCH_DECISIONS
from mediarec.library.person_archive.restore import restore_tables, undo_restore
from mediarec.library.person_archive.tables import ArchiveTable, add_table, find_table, list_tables
from mediarec.library.person_archive.writer import FORMAT, MANIFEST, VERSION, write_archive

__all__ = [
    "FORMAT",
    "MANIFEST",
    "VERSION",
    "ArchiveTable",
    "add_table",
    "find_table",
    "list_tables",
    "restore_tables",
    "undo_restore",
    "write_archive",
]

add_table(MATCH_DECISIONS)
