"""Scores whether two descriptions are of one work, with reasons in words. Pure: knows no tables and no ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mediarec.library.importers.base import ParsedWork
from mediarec.library.matching.evidence import DIFFERENT, NOTHING, SAME, Evidence, compare_lengths, compare_people
from mediarec.library.matching.music_comparison import compare_albums, compare_tracks
from mediarec.library.matching.titles import find_article, find_main_title, is_later_part, title_key
from mediarec.library.models import Kind

SCREEN_MAKERS = ("director", "creator")


@dataclass(frozen=True)
class ConfidenceTable:
    """Confidence by what agrees besides the title. Tuned on half of tests/data/title_pairs.txt."""

    year_and_maker: float = 0.98
    year: float = 0.95
    near_year_and_maker: float = 0.93
    maker: float = 0.9
    near_year_and_length: float = 0.9
    near_year: float = 0.85
    main_title: float = 0.85
    no_year_at_all: float = 0.8
    no_year_but_length: float = 0.7
    no_year: float = 0.6
    makers_differ: float = 0.4


CONFIDENCE = ConfidenceTable()


def compare_works(one: ParsedWork, other: ParsedWork) -> Evidence:
    """Evidence that two works of the same kind are one."""
    if one.kind == Kind.TRACK:
        return compare_tracks(one, other)
    if one.kind == Kind.ALBUM:
        return compare_albums(one, other)
    if one.kind == Kind.EPISODE:
        return _compare_episodes(one, other)
    if one.kind == Kind.VIDEO:
        return _compare_clips(one, other)
    return _compare_screen(one, other)


def list_titles(work: ParsedWork) -> frozenset[str]:
    return frozenset(key for text in (work.title, work.original_title) if text and (key := title_key(text)))


def _compare_screen(one: ParsedWork, other: ParsedWork) -> Evidence:
    """A film or a series: title, year, makers, length."""
    people = compare_people(one, other, SCREEN_MAKERS)
    if not list_titles(one) & list_titles(other):
        return _compare_main_titles(one, other, people)
    title = "the same title" if title_key(one.title) == title_key(other.title) else "the same original title"
    length = compare_lengths(one, other)
    evidence = _lower_if_ambiguous(one, other, _compare_years(one, other, people, length), people)
    reasons = [title, *evidence.reasons, *_reason_for(people, "the same maker", "other makers")]
    return Evidence(evidence.confidence, (*reasons, *_reason_for(length, "the same length", "another length")))


def _compare_years(one: ParsedWork, other: ParsedWork, people: str, length: str) -> Evidence:
    if one.year is None or other.year is None:
        return _compare_without_year(one, other, people, length)
    difference = abs(one.year - other.year)
    if difference > 1:
        is_close = difference == 2 and people == SAME
        return Evidence(CONFIDENCE.no_year, ("two years apart",)) if is_close else NOTHING
    reason = "the same year" if difference == 0 else "a year apart"
    if people == DIFFERENT or (length == DIFFERENT and people != SAME):
        return Evidence(CONFIDENCE.makers_differ, (reason,)) if difference == 0 or people != DIFFERENT else NOTHING
    if difference == 0:
        return Evidence(CONFIDENCE.year_and_maker if people == SAME else CONFIDENCE.year, (reason,))
    if people == SAME:
        return Evidence(CONFIDENCE.near_year_and_maker, (reason,))
    return Evidence(CONFIDENCE.near_year_and_length if length == SAME else CONFIDENCE.near_year, (reason,))


def _lower_if_ambiguous(one: ParsedWork, other: ParsedWork, evidence: Evidence, people: str) -> Evidence:
    """Lowers the confidence of ambiguous matches that no shared maker confirms, so that a person decides."""
    if people == SAME or evidence.confidence <= CONFIDENCE.no_year:
        return evidence
    if _original_titles_differ(one, other):
        return Evidence(CONFIDENCE.no_year, (*evidence.reasons, "but other original titles"))
    if evidence.confidence == CONFIDENCE.near_year and not _is_title_sufficient(one, other):
        return Evidence(CONFIDENCE.no_year, (*evidence.reasons, "and too little other evidence"))
    return evidence


def _original_titles_differ(one: ParsedWork, other: ParsedWork) -> bool:
    """Whether both have different original titles in Latin script; in another script one may be a transliteration."""
    left, right = title_key(one.original_title), title_key(other.original_title)
    return left.isascii() and right.isascii() and bool(left and right) and left != right


def _is_title_sufficient(one: ParsedWork, other: ParsedWork) -> bool:
    """Whether the title alone suffices for films one year apart: with the same article ("Fear" and "The Fear" are two
    films) and no lengths to contradict. Among MovieLens-1M's 3,882 titles such pairs always differ in the article."""
    has_other_article = find_article(one.title) != find_article(other.title)
    return not has_other_article and not (one.runtime_seconds and other.runtime_seconds)


def _compare_without_year(one: ParsedWork, other: ParsedWork, people: str, length: str) -> Evidence:
    if DIFFERENT in (people, length):
        return NOTHING
    if people == SAME:
        return Evidence(CONFIDENCE.maker, ("a year is missing",))
    if one.year is None and other.year is None:  # neither has information that the other lacks
        return Evidence(CONFIDENCE.no_year_at_all, ("neither has a year",))
    reason = "but a year is missing"
    return Evidence(CONFIDENCE.no_year_but_length if length == SAME else CONFIDENCE.no_year, (reason,))


def _compare_main_titles(one: ParsedWork, other: ParsedWork, people: str) -> Evidence:
    """Matches a title to another's main title (before its colon): only with the same year and maker, and never a later
    part (Part Two) with the whole."""
    if is_later_part(one.title) or is_later_part(other.title):
        return NOTHING
    mains = {title_key(main) for work in (one, other) if (main := find_main_title(work.title))}
    if mains & (list_titles(one) | list_titles(other)) and one.year == other.year is not None and people == SAME:
        return Evidence(CONFIDENCE.main_title, ("the same main title", "the same year", "the same maker"))
    return NOTHING


def _compare_episodes(one: ParsedWork, other: ParsedWork) -> Evidence:
    if not _same_series(one.parent, other.parent):
        return NOTHING
    position, other_position = (one.season, one.number), (other.season, other.number)
    is_same_title = title_key(one.title) == title_key(other.title)
    if None in position or None in other_position:
        reasons = ("the same series and title", "but a number is missing")
        return Evidence(CONFIDENCE.near_year, reasons) if is_same_title and not _is_numbered(one.title) else NOTHING
    if position == other_position:
        if is_same_title or _is_numbered(one.title) or _is_numbered(other.title):
            return Evidence(CONFIDENCE.year, ("the same series, season and number",))
        return Evidence(CONFIDENCE.no_year, ("the same series, season and number", "but another title"))
    if is_same_title and not _is_numbered(one.title):
        return Evidence(CONFIDENCE.makers_differ, ("the same series and title", "but another number"))
    return NOTHING


def _same_series(one: ParsedWork | None, other: ParsedWork | None) -> bool:
    if one is None or other is None or not list_titles(one) & list_titles(other):
        return False
    return one.year is None or other.year is None or abs(one.year - other.year) <= 1


def _is_numbered(title: str) -> bool:
    """Whether a title is only a number: "Episode 3", "S01E03", "Episode #1.3", "Folge 3"."""
    words = "".join(letter for letter in title_key(title) if letter.isalpha())
    return words in {"", "episode", "folge", "se", "part", "chapter", "ep", "e", "x", "sxe", "teil", "capitulo"}


def _compare_clips(one: ParsedWork, other: ParsedWork) -> Evidence:
    """Clips often share a title ("holiday"), so their channel or their length must agree too."""
    if not list_titles(one) & list_titles(other):
        return NOTHING
    channel, length = compare_people(one, other, ("channel", "creator")), compare_lengths(one, other, is_exact=True)
    if channel == DIFFERENT or length == DIFFERENT or (one.year and other.year and one.year != other.year):
        return NOTHING
    if channel == SAME:
        return Evidence(CONFIDENCE.maker, ("the same title and channel", *_reason_for(length, "the same length", "")))
    if length == SAME:
        return Evidence(CONFIDENCE.near_year, ("the same title and length",))
    if one.year and one.year == other.year:
        return Evidence(CONFIDENCE.no_year, ("the same title and year", "but neither channel nor length to compare"))
    return NOTHING


def _reason_for(verdict: str, same: str, different: str) -> Iterable[str]:
    reason = {SAME: same, DIFFERENT: different}.get(verdict, "")
    return (reason,) if reason else ()
