"""Recordings and albums: remasters and other editions are one, live takes, remixes and covers are not. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mediarec.library.importers.base import ParsedWork
from mediarec.library.matching.evidence import (
    DIFFERENT,
    NOTHING,
    SAME,
    UNKNOWN,
    Evidence,
    compare_lengths,
    describe_lengths,
)
from mediarec.library.matching.recording_titles import Recording, album_key, list_album_versions, read_recording
from mediarec.library.matching.titles import name_keys, title_key


@dataclass(frozen=True)
class MusicConfidenceTable:
    """By what agrees besides title and artist. Chosen on the tuned half of tests/data/track_pairs.txt."""

    album: float = 0.95
    length: float = 0.92
    no_album: float = 0.85
    other_album: float = 0.83
    guest: float = 0.82
    doubtful: float = 0.5


CONFIDENCE = MusicConfidenceTable()
VARIOUS = frozenset({"variousartists", "various", "va", "diverse"})


@dataclass(frozen=True)
class Performers:
    """Keys of who performs: `lead` of the one named first, `everybody` with guests."""

    lead: frozenset[str]
    everybody: frozenset[str]


def list_performers(work: ParsedWork, featured: frozenset[str] = frozenset()) -> Performers:
    """Artists and, for music known by its composer alone, composers."""
    names = work.people.get("artist") or work.people.get("composer", ())
    keys = [name_keys(name) for name in names]
    return Performers(keys[0] if keys else frozenset(), featured.union(*keys))


def compare_tracks(one: ParsedWork, other: ParsedWork) -> Evidence:
    ours, theirs = read_recording(one.title), read_recording(other.title)
    if ours.key != theirs.key:
        return NOTHING
    length = compare_lengths(one, other, is_exact=True)
    artists = _compare_artists(list_performers(one, ours.featured), list_performers(other, theirs.featured), length)
    versions = _compare_versions(one, other, ours, theirs, length)
    if DIFFERENT in (artists, versions) or _guests_differ(ours, theirs):
        return NOTHING
    albums = _compare_albums_of(one, other)
    if length == DIFFERENT:
        said = ("the same title, artist and album", f"but {describe_lengths(one, other)}")
        return Evidence(CONFIDENCE.doubtful, said) if albums == SAME else NOTHING
    confidence = min(_weigh(ours, albums, length), CONFIDENCE.doubtful if UNKNOWN in (artists, versions) else 1.0)
    return Evidence(confidence, (*_tell(ours, theirs, albums, versions), *filter(None, [describe_lengths(one, other)])))


def _weigh(recording: Recording, albums: str, length: str) -> float:
    if albums == SAME:
        return CONFIDENCE.album
    if length == SAME:
        return CONFIDENCE.length
    if recording.is_generic or recording.is_classical:  # every album has an intro, every pianist the nocturnes twice
        return CONFIDENCE.doubtful
    return CONFIDENCE.no_album if albums == UNKNOWN else CONFIDENCE.other_album


def _compare_artists(ours: Performers, theirs: Performers, length: str) -> str:
    """The first named of each must be known to the other; a shared guest is not enough without the same length."""
    if not ours.everybody & theirs.everybody:
        return DIFFERENT
    if ours.lead & theirs.everybody and theirs.lead & ours.everybody:
        return SAME
    return SAME if length == SAME else UNKNOWN


def _compare_versions(one: ParsedWork, other: ParsedWork, ours: Recording, theirs: Recording, length: str) -> str:
    """Another version is another recording. UNKNOWN where only one says which concert, or only an album says live."""
    mine, yours = ours.versions | _versions_of_album(one), theirs.versions | _versions_of_album(other)
    if mine != yours:
        told = ours.versions == theirs.versions and not (one.parent and other.parent)
        return UNKNOWN if told else DIFFERENT
    if ours.details == theirs.details or not (ours.details and theirs.details):
        is_told = ours.details == theirs.details or length == SAME or _compare_albums_of(one, other) == SAME
        return SAME if is_told else UNKNOWN
    return DIFFERENT


def _versions_of_album(work: ParsedWork) -> frozenset[str]:
    return list_album_versions(work.parent.title) if work.parent else frozenset()


def _guests_differ(ours: Recording, theirs: Recording) -> bool:
    return bool(ours.featured and theirs.featured and not ours.featured & theirs.featured)


def _compare_albums_of(one: ParsedWork, other: ParsedWork) -> str:
    if one.parent is None or other.parent is None:
        return UNKNOWN
    return SAME if album_key(one.parent.title) == album_key(other.parent.title) else DIFFERENT


def _tell(ours: Recording, theirs: Recording, albums: str, versions: str) -> list[str]:
    told = ["the same title, artist and album" if albums == SAME else "the same title and artist"]
    if albums == DIFFERENT:
        told.append("on another album")
    if ours.is_remaster != theirs.is_remaster:
        told.append("a remaster of the same recording")
    if versions == UNKNOWN:
        told.append("but perhaps another version")
    return told


def compare_albums(one: ParsedWork, other: ParsedWork) -> Evidence:
    """Editions of one album are one; records that are called after their artist need the same year."""
    if album_key(one.title) != album_key(other.title):
        return NOTHING
    if list_album_versions(one.title) != list_album_versions(other.title):
        return NOTHING
    ours, theirs = list_performers(one).everybody, list_performers(other).everybody
    if not ours & theirs and (ours or theirs):
        return NOTHING
    said = "the same title and artist"
    apart = abs(one.year - other.year) if one.year and other.year else None
    is_common = title_key(one.title) in ours or bool(ours & VARIOUS) or _is_collection(one.title)
    if is_common and (apart or 0) > 1:
        return NOTHING
    return Evidence(CONFIDENCE.album, (said, "the same year") if apart == 0 else (said,))


def _is_collection(title: str) -> bool:
    return title_key(title) in {"greatesthits", "bestof", "thebestof", "live", "untitled", "singles", "hits", "ep"}
