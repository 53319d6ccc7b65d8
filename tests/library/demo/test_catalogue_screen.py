"""The demo's films and series: every line is whole, none is twice, and every event names a work there is."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import mediarec.library
from mediarec.library.models.interactions import InteractionType

FOLDER = Path(mediarec.library.__file__).parent / "demo"
GENRES = {
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "History",
    "Horror", "Music", "Mystery", "Romance", "Science Fiction", "Thriller", "War", "Western",
}  # fmt: skip
REQUIRED = {"kind", "title", "year", "genres", "tags", "people", "language", "synopsis"}
OPTIONAL = {"original_title", "runtime_minutes"}
MAKER = {"film": "director", "series": "creator"}
ENOUGH_TO_LEARN_FROM = {
    "Animation": 20, "Comedy": 20, "Crime": 20, "Documentary": 40, "Drama": 20, "Horror": 20, "Music": 12,
    "Romance": 20, "Science Fiction": 20, "War": 20, "Western": 10,
}  # fmt: skip
Work = dict[str, Any]


def _read(name: str) -> list[Work]:
    return [json.loads(line) for line in (FOLDER / name).read_text("utf-8").splitlines()]


FILMS, SERIES = _read("films.jsonl"), _read("series.jsonl")
WORKS = FILMS + SERIES
EVENTS: dict[str, list[Work]] = json.loads((FOLDER / "people_screen.json").read_text("utf-8"))
BY_KEY = {(work["kind"], work["title"], work["year"]): work for work in WORKS}
PEOPLE = ["ana", "bo", "dana"]


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+", text)


def _work_of(event: Work) -> Work:
    return BY_KEY[event["kind"], event["title"], event["year"]]


def _enjoyed(person: str) -> list[Work]:
    return [_work_of(event) for event in EVENTS[person] if event["what"] in {"finished", "liked", "rated", "saved"}]


def test_there_are_enough_works_of_each_kind_and_taste() -> None:
    assert len(FILMS) >= 260
    assert len(SERIES) >= 60
    counts = Counter(genre for film in FILMS for genre in film["genres"])
    assert [genre for genre, least in ENOUGH_TO_LEARN_FROM.items() if counts[genre] < least] == []


@pytest.mark.parametrize(("kind", "works"), [("film", FILMS), ("series", SERIES)])
def test_every_line_has_the_keys_of_its_kind_and_no_others(kind: str, works: list[Work]) -> None:
    assert [work["title"] for work in works if not REQUIRED <= work.keys() <= REQUIRED | OPTIONAL] == []
    assert [work["title"] for work in works if work["kind"] != kind] == []
    roles = [work["people"].keys() for work in works]
    assert [keys for keys in roles if not {MAKER[kind]} <= keys <= {MAKER[kind], "actor"}] == []


def test_no_work_is_listed_twice() -> None:
    keys = Counter((work["kind"], work["title"].casefold(), work["year"]) for work in WORKS)
    assert [key for key, count in keys.items() if count > 1] == []


def test_years_lengths_and_languages_are_plausible() -> None:
    assert [film["title"] for film in FILMS if not 1895 <= film["year"] <= 2026] == []
    assert [series["title"] for series in SERIES if not 1946 <= series["year"] <= 2026] == []
    assert [work["title"] for work in WORKS if not 5 <= work.get("runtime_minutes", 5) <= 300] == []
    assert [work["title"] for work in WORKS if not re.fullmatch("[a-z]{2}", work["language"])] == []


def test_genres_are_from_the_fixed_set_and_tags_are_short_lowercase_words() -> None:
    assert {genre for work in WORKS for genre in work["genres"]} == GENRES
    assert [work["title"] for work in WORKS if not 1 <= len(set(work["genres"])) == len(work["genres"]) <= 4] == []
    assert [work["title"] for work in WORKS if not 3 <= len(set(work["tags"])) == len(work["tags"]) <= 6] == []
    assert {tag for work in WORKS for tag in work["tags"] if not re.fullmatch("[a-z][a-z -]{2,39}", tag)} == set()


def test_every_credited_name_is_written_once_per_role() -> None:
    lists = [names for work in WORKS for names in work["people"].values()]
    assert [names for names in lists if not 1 <= len(set(names)) == len(names) <= 4] == []
    assert [name for names in lists for name in names if name != name.strip() or len(name) < 2] == []


def test_an_original_title_is_given_only_where_it_differs() -> None:
    assert [work["title"] for work in WORKS if work.get("original_title") in {"", work["title"]}] == []


def test_every_synopsis_is_one_or_two_sentences_of_moderate_length() -> None:
    assert [work["title"] for work in WORKS if not 15 <= len(work["synopsis"].split()) <= 40] == []
    assert [work["title"] for work in WORKS if len(_sentences(work["synopsis"])) > 2] == []
    assert [work["title"] for work in WORKS if work["synopsis"][-1] not in ".?"] == []


def test_no_sentence_is_used_for_two_works() -> None:
    counts = Counter(sentence.casefold() for work in WORKS for sentence in _sentences(work["synopsis"]))
    assert [sentence for sentence, count in counts.items() if count > 1] == []


def test_only_the_three_people_with_a_history_have_events() -> None:
    assert {person: len(events) for person, events in EVENTS.items()} == {"ana": 60, "bo": 12, "dana": 55}


@pytest.mark.parametrize("person", PEOPLE)
def test_every_event_names_a_work_of_the_catalogue(person: str) -> None:
    keys = [(event["kind"], event["title"], event["year"]) for event in EVENTS[person]]
    assert [key for key in keys if key not in BY_KEY] == []


@pytest.mark.parametrize("person", PEOPLE)
def test_every_event_is_well_formed_and_happens_once(person: str) -> None:
    events = EVENTS[person]
    assert {event["what"] for event in events} <= set(InteractionType.values)
    assert [event for event in events if ("rating" in event) != (event["what"] == "rated")] == []
    assert [event for event in events if event.get("rating", 1) * 2 not in range(1, 11)] == []
    assert [event for event in events if not 0 <= event["days_ago"] <= 730] == []
    assert max(Counter((event["kind"], event["title"], event["what"]) for event in events).values()) == 1


def test_ana_enjoys_slow_and_thoughtful_films_and_gives_up_on_loud_ones() -> None:
    calm = {"contemplative", "slow burn"}
    enjoyed = _enjoyed("ana")
    fitting = [work for work in enjoyed if calm & set(work["tags"]) or "Science Fiction" in work["genres"]]
    assert len(fitting) / len(enjoyed) > 0.9
    assert sum(work["language"] != "en" for work in enjoyed) > len(enjoyed) / 2
    refused = [_work_of(event) for event in EVENTS["ana"] if event["what"] in {"abandoned", "disliked"}]
    assert len(refused) == 6
    assert all("loud action" in work["tags"] for work in refused)


def test_bo_watches_only_music_films_and_crime_comedies() -> None:
    watched = [set(_work_of(event)["genres"]) for event in EVENTS["bo"]]
    assert [genres for genres in watched if "Music" not in genres and not {"Crime", "Comedy"} <= genres] == []


def test_dana_picks_what_a_whole_family_can_watch() -> None:
    enjoyed = _enjoyed("dana")
    assert enjoyed
    assert all({"Family", "Animation", "Adventure", "Comedy"} & set(work["genres"]) for work in enjoyed)
    assert sum(work["kind"] == "series" for work in map(_work_of, EVENTS["dana"])) >= 8
