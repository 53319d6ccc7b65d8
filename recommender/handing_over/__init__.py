"""The tables of this room in a person's archive, one a module: read out, read back without doubling anything, and taken
back."""

from mediarec.library.exporting.parts import add_part
from recommender.handing_over.playlists import PLAYLISTS
from recommender.handing_over.rules import RULES
from recommender.handing_over.statements import STATEMENTS
from recommender.handing_over.unused import UNUSED
from recommender.handing_over.verdicts import VERDICTS


def add_parts() -> None:
    for part in (PLAYLISTS, RULES, STATEMENTS, VERDICTS, UNUSED):
        add_part(part)
