"""The demo's albums, tracks and videos: every line is whole, none is twice, and every event names a work there is."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import mediarec.library
from mediarec.library.models.interactions import InteractionType
from mediarec.library.models.items import Role

FOLDER = Path(mediarec.library.__file__).parent / "demo"
GENRES = {
    "Rock", "Pop", "Jazz", "Classical", "Electronic", "Hip Hop", "Soul", "Folk", "Metal", "Ambient", "World",
    "Soundtrack", "Blues", "Country", "Punk", "Reggae",
}  # fmt: skip
SHARED = {"kind", "title", "year", "genres", "tags", "people", "synopsis"}
ALLOWED = {
    "album": SHARED,
    "track": SHARED | {"album", "number", "duration_seconds"},
    "video": SHARED | {"runtime_minutes"},
}
Work = dict[str, Any]


def _read(name: str) -> list[Work]:
    return [json.loads(line) for line in (FOLDER / name).read_text("utf-8").splitlines()]


ALBUMS, TRACKS, VIDEOS = _read("albums.jsonl"), _read("tracks.jsonl"), _read("videos.jsonl")
WORKS = ALBUMS + TRACKS + VIDEOS
EVENTS: dict[str, list[Work]] = json.loads((FOLDER / "people_music.json").read_text("utf-8"))


def _names(work: Work) -> tuple[str, ...]:
    return tuple(name for role in sorted(work["people"]) for name in work["people"][role])


def test_there_are_enough_works_of_each_kind() -> None:
    assert len(ALBUMS) >= 130
    assert len(TRACKS) >= 220
    assert sum("album" in track for track in TRACKS) >= 150
    assert len(VIDEOS) >= 20


@pytest.mark.parametrize(("kind", "works"), [("album", ALBUMS), ("track", TRACKS), ("video", VIDEOS)])
def test_every_line_has_the_keys_of_its_kind_and_no_others(kind: str, works: list[Work]) -> None:
    wrong = [work["title"] for work in works if not SHARED <= work.keys() <= ALLOWED[kind] or work["kind"] != kind]
    assert wrong == []


def test_every_work_has_a_title_a_plausible_year_and_credited_people() -> None:
    assert [work for work in WORKS if not work["title"].strip() or not 1870 <= work["year"] <= 2026] == []
    roles = {role for work in WORKS for role in work["people"]}
    assert roles <= set(Role.values)
    assert [work["title"] for work in WORKS if not _names(work) or not all(name.strip() for name in _names(work))] == []


def test_music_keeps_to_the_fixed_genres() -> None:
    assert {genre for work in ALBUMS + TRACKS for genre in work["genres"]} == GENRES
    assert [work["title"] for work in WORKS if not work["genres"] or not work["tags"]] == []


def test_every_synopsis_is_one_sentence_of_moderate_length_and_its_own() -> None:
    wrong = [work["title"] for work in WORKS if not 12 <= len(work["synopsis"].split()) <= 35]
    assert wrong == []
    assert [work["title"] for work in WORKS if not work["synopsis"].endswith(".")] == []
    assert [text for text, count in Counter(work["synopsis"] for work in WORKS).items() if count > 1] == []


def test_no_work_is_listed_twice() -> None:
    keys = Counter((work["kind"], work["title"].casefold(), _names(work)) for work in WORKS)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_track_that_names_an_album_is_from_one_in_the_list() -> None:
    years = {album["title"]: album["year"] for album in ALBUMS}
    assert len(years) == len(ALBUMS)
    named = [track for track in TRACKS if "album" in track]
    assert [track["title"] for track in named if years.get(track["album"]) != track["year"]] == []


def test_no_two_tracks_of_an_album_share_a_number() -> None:
    places = Counter((track["album"], track["number"]) for track in TRACKS if "number" in track)
    assert [place for place, count in places.items() if count > 1] == []


def test_lengths_are_those_of_songs_and_short_films() -> None:
    assert [track for track in TRACKS if not 60 <= track.get("duration_seconds", 60) <= 1800] == []
    assert [video for video in VIDEOS if not 1 <= video.get("runtime_minutes", 1) <= 40] == []


@pytest.mark.parametrize("person", ["ana", "bo", "dana"])
def test_every_event_names_exactly_one_work_of_the_catalogue(person: str) -> None:
    known = Counter((work["kind"], work["title"], name) for work in WORKS for name in work["people"].get("artist", []))
    events = EVENTS[person]
    assert [event for event in events if known[event["kind"], event["title"], event["artist"]] != 1] == []


@pytest.mark.parametrize("person", ["ana", "bo", "dana"])
def test_every_event_is_well_formed_and_happens_once(person: str) -> None:
    events = EVENTS[person]
    assert {event["what"] for event in events} <= set(InteractionType.values)
    assert [event for event in events if ("rating" in event) != (event["what"] == "rated")] == []
    assert [event for event in events if not 0.5 <= event.get("rating", 3) <= 5] == []
    assert [event for event in events if not 0 <= event["days_ago"] <= 400] == []
    keys = Counter((event["kind"], event["title"], event["what"], event["days_ago"]) for event in events)
    assert max(keys.values()) == 1


def test_the_three_people_have_the_taste_the_demo_says() -> None:
    genres = {(work["kind"], work["title"], name): set(work["genres"]) for work in WORKS for name in _names(work)}

    def share(person: str, wanted: set[str]) -> float:
        good = [e for e in EVENTS[person] if e["what"] in {"played", "finished", "liked", "saved"}]
        return sum(bool(genres[e["kind"], e["title"], e["artist"]] & wanted) for e in good) / len(good)

    assert share("bo", {"Metal", "Punk", "Rock", "Electronic"}) > 0.95
    assert share("ana", {"Ambient", "Classical", "Jazz"}) > 0.95
    assert share("dana", {"Pop", "Soul", "Soundtrack"}) > 0.95
    assert sum(event["what"] == "skipped" for event in EVENTS["bo"]) == 8
