"""The recommender's tables in a person archive: export, idempotent import, undo of an import."""

from mediarec.library.person_archive.tables import ArchiveTable, add_table
from recommender.models import EventVerdict, Playlist, SteeringRule, TasteStatement, UnusedItem
from recommender.person_archive import records

TABLES = (
    ArchiveTable("playlists", "playlists with their items in order", Playlist, records.PlaylistRecord),
    ArchiveTable("rules", "standing rules, in the person's words and as understood", SteeringRule, records.RuleRecord),
    ArchiveTable(
        "taste", "sentences about the taste, and which of them were corrected", TasteStatement, records.StatementRecord
    ),
    ArchiveTable(
        "verdicts", "answers to whether a doubtful event was the person's own", EventVerdict, records.VerdictRecord
    ),
    ArchiveTable(
        "unused", "items that say nothing of the taste, by the person's own wish", UnusedItem, records.UnusedItemRecord
    ),
)


def add_tables() -> None:
    for table in TABLES:
        add_table(table)
