"""Compares recordings and albums. Remasters and editions match; live versions, remixes and covers do not. Pure."""

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
    """Confidence by what agrees besides title and artist. Tuned on half of tests/data/track_pairs.txt."""

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
    """Name keys of the performers: `lead` of the first artist, `everybody` including guests."""

    lead: frozenset[str]
    everybody: frozenset[str]


def list_performers(work: ParsedWork, featured: frozenset[str] = frozenset()) -> Performers:
    """The artists or, where a work names none, its composers."""
    names = work.people.get("artist") or work.people.get("composer", ())
    keys = [name_keys(name) for name in names]
    return Performers(keys[0] if keys else frozenset(), featured.union(*keys))


def compare_tracks(one: ParsedWork, other: ParsedWork) -> Evidence:
    left, right = read_recording(one.title), read_recording(other.title)
    if left.key != right.key:
        return NOTHING
    length = compare_lengths(one, other, is_exact=True)
    artists = _compare_artists(list_performers(one, left.featured), list_performers(other, right.featured), length)
    versions = _compare_versions(one, other, left, right, length)
    if DIFFERENT in (artists, versions) or _guests_differ(left, right):
        return NOTHING
    albums = _compare_parent_albums(one, other)
    if length == DIFFERENT:
        reasons = ("the same title, artist and album", f"but {describe_lengths(one, other)}")
        return Evidence(CONFIDENCE.doubtful, reasons) if albums == SAME else NOTHING
    confidence = min(
        _score_agreement(left, albums, length), CONFIDENCE.doubtful if UNKNOWN in (artists, versions) else 1.0
    )
    return Evidence(
        confidence, (*_describe_match(left, right, albums, versions), *filter(None, [describe_lengths(one, other)]))
    )


def _score_agreement(recording: Recording, albums: str, length: str) -> float:
    if albums == SAME:
        return CONFIDENCE.album
    if length == SAME:
        return CONFIDENCE.length
    if recording.is_generic or recording.is_classical:  # every album has an intro; pianists record a piece twice
        return CONFIDENCE.doubtful
    return CONFIDENCE.no_album if albums == UNKNOWN else CONFIDENCE.other_album


def _compare_artists(left: Performers, right: Performers, length: str) -> str:
    """SAME where the lead of each performs on the other; a shared guest alone counts only with the same length."""
    if not left.everybody & right.everybody:
        return DIFFERENT
    if left.lead & right.everybody and right.lead & left.everybody:
        return SAME
    return SAME if length == SAME else UNKNOWN


def _compare_versions(one: ParsedWork, other: ParsedWork, left: Recording, right: Recording, length: str) -> str:
    """Versions must agree. UNKNOWN where only one has details (which concert), or only an album title says live."""
    left_versions = left.versions | _list_parent_versions(one)
    right_versions = right.versions | _list_parent_versions(other)
    if left_versions != right_versions:
        is_album_missing = left.versions == right.versions and not (one.parent and other.parent)
        return UNKNOWN if is_album_missing else DIFFERENT
    if left.details == right.details or not (left.details and right.details):
        is_same = left.details == right.details or length == SAME or _compare_parent_albums(one, other) == SAME
        return SAME if is_same else UNKNOWN
    return DIFFERENT


def _list_parent_versions(work: ParsedWork) -> frozenset[str]:
    return list_album_versions(work.parent.title) if work.parent else frozenset()


def _guests_differ(left: Recording, right: Recording) -> bool:
    return bool(left.featured and right.featured and not left.featured & right.featured)


def _compare_parent_albums(one: ParsedWork, other: ParsedWork) -> str:
    if one.parent is None or other.parent is None:
        return UNKNOWN
    return SAME if album_key(one.parent.title) == album_key(other.parent.title) else DIFFERENT


def _describe_match(left: Recording, right: Recording, albums: str, versions: str) -> list[str]:
    reasons = ["the same title, artist and album" if albums == SAME else "the same title and artist"]
    if albums == DIFFERENT:
        reasons.append("on another album")
    if left.is_remaster != right.is_remaster:
        reasons.append("a remaster of the same recording")
    if versions == UNKNOWN:
        reasons.append("but perhaps another version")
    return reasons


def compare_albums(one: ParsedWork, other: ParsedWork) -> Evidence:
    """Editions of one album match; self-titled albums, compilations and generic titles need about the same year."""
    if album_key(one.title) != album_key(other.title):
        return NOTHING
    if list_album_versions(one.title) != list_album_versions(other.title):
        return NOTHING
    left, right = list_performers(one).everybody, list_performers(other).everybody
    if not left & right and (left or right):
        return NOTHING
    reason = "the same title and artist"
    years_apart = abs(one.year - other.year) if one.year and other.year else None
    is_common = title_key(one.title) in left or bool(left & VARIOUS) or _is_collection(one.title)
    if is_common and (years_apart or 0) > 1:
        return NOTHING
    return Evidence(CONFIDENCE.album, (reason, "the same year") if years_apart == 0 else (reason,))


def _is_collection(title: str) -> bool:
    return title_key(title) in {"greatesthits", "bestof", "thebestof", "live", "untitled", "singles", "hits", "ep"}
