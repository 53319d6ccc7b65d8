"""The recommender's tables in a person archive, one per module: export, idempotent import, undo of an import."""

from mediarec.library.person_archive.tables import add_table
from recommender.person_archive.ignored_items import UNUSED
from recommender.person_archive.playlists import PLAYLISTS
from recommender.person_archive.rules import RULES
from recommender.person_archive.statements import STATEMENTS
from recommender.person_archive.verdicts import VERDICTS


def add_tables() -> None:
    for table in (PLAYLISTS, RULES, STATEMENTS, VERDICTS, UNUSED):
        add_table(table)
