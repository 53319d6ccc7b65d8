"""The tables of this room in a person's archive, one a module: read out, read back without doubling anything, and taken
back."""

from mediarec.library.exporting.parts import add_part
from recommender.person_archive.ignored_items import UNUSED
from recommender.person_archive.playlists import PLAYLISTS
from recommender.person_archive.rules import RULES
from recommender.person_archive.statements import STATEMENTS
from recommender.person_archive.verdicts import VERDICTS


def add_parts() -> None:
    for part in (PLAYLISTS, RULES, STATEMENTS, VERDICTS, UNUSED):
        add_part(part)
