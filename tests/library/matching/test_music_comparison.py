"""What makes two recordings or albums one, pair by pair: 0.8 and above is decided alone, below a person is asked."""

from __future__ import annotations

import pytest

from mediarec.library.importers.base import ParsedWork
from mediarec.library.matching.music_comparison import compare_albums, compare_tracks


def track(title: str, album: str = "", *, artist: str = "Radiohead", seconds: int | None = None) -> ParsedWork:
    people = {"artist": (artist,)}
    parent = ParsedWork("album", album, people=people) if album else None
    return ParsedWork("track", title, people=people, runtime_seconds=seconds, parent=parent)


def album(title: str, year: int | None = None, artist: str = "Radiohead") -> ParsedWork:
    return ParsedWork("album", title, year, people={"artist": (artist,)})


CREEP = track("Creep", "Pablo Honey", seconds=238)


@pytest.mark.parametrize(
    ("other", "confidence"),
    [
        (track("Creep", "Pablo Honey"), 0.95),
        (track("Creep - Remastered", "Pablo Honey (Deluxe Edition)"), 0.95),
        (track("Creep", "The Best Of", seconds=239), 0.92),
        (track("Creep"), 0.85),
        (track("Creep", "The Best Of"), 0.83),
        (track("Creep", "Pablo Honey", seconds=300), 0.5),  # the same album, but a minute longer
        (track("Creep", "The Best Of", seconds=300), 0.0),
        (track("Creep (Live)"), 0.0),
        (track("Creep - Live", "I Might Be Wrong"), 0.0),
        (track("Creep", "Live at Reading"), 0.0),
        (track("Creep (Acoustic)", seconds=238), 0.0),
        (track("Creep", artist="TLC", seconds=238), 0.0),
        (track("Lucky", "Pablo Honey", seconds=238), 0.0),
    ],
)
def test_a_recording_is_known_by_version_album_and_length(other: ParsedWork, confidence: float) -> None:
    assert compare_tracks(CREEP, other).confidence == confidence
    assert compare_tracks(other, CREEP).confidence == confidence


def test_two_concerts_are_two_recordings_and_an_unnamed_one_may_be_either() -> None:
    paris, rome, unnamed = (track(f"Creep (Live{where})") for where in (" in Paris", " in Rome", ""))
    assert compare_tracks(paris, rome).confidence == 0.0
    assert compare_tracks(paris, unnamed).confidence == 0.5


def test_a_generic_title_needs_its_album() -> None:
    assert compare_tracks(track("Intro", "First"), track("Intro", "Second")).confidence == 0.5
    assert compare_tracks(track("Intro", "First"), track("Intro", "First")).confidence == 0.95


@pytest.mark.parametrize(
    ("one", "other", "confidence"),
    [
        (album("Pablo Honey"), album("Pablo Honey (Deluxe Edition)"), 0.95),
        (album("Pablo Honey", 1993), album("Pablo Honey", 2009), 0.95),
        (album("Pablo Honey"), album("Pablo Honey (Live)"), 0.0),
        (album("Pablo Honey"), album("Pablo Honey", artist="TLC"), 0.0),
        (album("Greatest Hits", 1990), album("Greatest Hits", 2001), 0.0),
        (album("Greatest Hits", 1990), album("Greatest Hits", 1990), 0.95),
        (album("Radiohead", 1990), album("Radiohead", 2001), 0.0),
    ],
)
def test_editions_of_an_album_are_one_and_collections_need_their_year(
    one: ParsedWork, other: ParsedWork, confidence: float
) -> None:
    assert compare_albums(one, other).confidence == confidence
