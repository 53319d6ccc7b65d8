"""Lengths, counts and dates read off a sentence, and what is left of it. No catalogue is needed."""

from datetime import date

import pytest

from recommender.chat.slot_patterns import Range, read_count, read_expiry, read_length, read_loose_length, read_ordinal


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("about 90 minutes", Range(80 * 60, 100 * 60)),
        ("around an hour", Range(50 * 60, 70 * 60)),
        ("roughly 2 hours", Range(110 * 60, 130 * 60)),
        ("about 5 minutes", Range(60, 15 * 60)),
        ("under 90 minutes", Range(high=90 * 60)),
        ("longer than 2.5 hours", Range(low=150 * 60)),
        ("over 1 hour", Range(low=60 * 60)),
        ("at least 2 h 05 min", Range(low=125 * 60)),
        ("at most half an hour", Range(high=30 * 60)),
    ],
)
def test_a_bound_on_the_runtime_is_read_in_seconds(said: str, span: Range | None) -> None:
    assert read_length(said)[0] == span


def test_a_length_without_a_bound_is_a_total_and_leaves_the_rest_of_the_sentence() -> None:
    span, seconds, rest = read_length("90 minutes of jazz")
    assert (span, seconds) == (None, 5400)
    assert "jazz" in rest and "90" not in rest


def test_no_length_leaves_the_sentence_as_it_was() -> None:
    assert read_length("some jazz") == (None, None, "some jazz")


@pytest.mark.parametrize(("kind", "seconds"), [("film", 95 * 60), ("track", 3 * 60), ("", 95 * 60)])
def test_short_means_something_else_for_every_kind(kind: str, seconds: int) -> None:
    assert read_loose_length("a short one", kind) == (Range(high=seconds), "a  one")


@pytest.mark.parametrize(("said", "count"), [("three films", 3), ("give me 99 songs", 50), ("a film", None)])
def test_counts_are_read_and_kept_within_fifty(said: str, count: int | None) -> None:
    assert read_count(said)[0] == count


@pytest.mark.parametrize(("said", "position"), [("the second one", 1), ("number 12", 11), ("another", None)])
def test_ordinals_count_from_nought(said: str, position: int | None) -> None:
    assert read_ordinal(said)[0] == position


@pytest.mark.parametrize(
    ("said", "today", "day"),
    [
        ("no horror for the next week", date(2025, 3, 1), date(2025, 3, 8)),
        ("no horror for the next month", date(2025, 3, 1), date(2025, 3, 31)),
        ("nothing sad until christmas", date(2025, 3, 1), date(2025, 12, 24)),
        ("nothing sad until christmas", date(2025, 12, 24), date(2026, 12, 24)),
        ("no horror", date(2025, 3, 1), None),
    ],
)
def test_the_day_a_rule_ends_is_counted_from_today(said: str, today: date, day: date | None) -> None:
    assert read_expiry(said, today) == day
