"""Everything of one person out into a zip, and what reading it back needs beyond rows of a batch."""

from mediarec.library.exporting.archive import FORMAT, MANIFEST, VERSION, write_archive
from mediarec.library.exporting.choices import CHOICES
from mediarec.library.exporting.following import SOURCE, restore_rest, take_rest_back
from mediarec.library.exporting.parts import Part, add_part, find_part, list_parts

__all__ = [
    "FORMAT", "MANIFEST", "SOURCE", "VERSION", "Part", "add_part", "find_part", "list_parts", "restore_rest",
    "take_rest_back", "write_archive",
]  # fmt: skip

add_part(CHOICES)
