"""Groups kinds of items by medium: scores are comparable within a medium only."""

from __future__ import annotations

from enum import StrEnum

from mediarec.library.models import Kind


class Medium(StrEnum):
    SCREEN = "screen"
    MUSIC = "music"
    VIDEO = "video"


KINDS_OF: dict[Medium, tuple[str, ...]] = {
    Medium.SCREEN: (Kind.FILM.value, Kind.SERIES.value, Kind.EPISODE.value),
    Medium.MUSIC: (Kind.ALBUM.value, Kind.TRACK.value),
    Medium.VIDEO: (Kind.VIDEO.value,),
}
MEDIUM_TITLES: dict[Medium, str] = {
    Medium.SCREEN: "Films and series",
    Medium.MUSIC: "Music",
    Medium.VIDEO: "Clips and videos",
}
MEDIUM_OF: dict[str, Medium] = {kind: medium for medium, kinds in KINDS_OF.items() for kind in kinds}


def list_mediums(kinds: tuple[str, ...]) -> tuple[Medium, ...]:
    """The mediums that a filter on kinds leaves; all of them when it names no kind."""
    return tuple(medium for medium, members in KINDS_OF.items() if not kinds or set(members) & set(kinds))
