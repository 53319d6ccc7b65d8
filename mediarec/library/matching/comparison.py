"""How surely two descriptions are of one work, and why, in words. Pure: knows no tables and no ids."""

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
    """By what agrees besides the title. Chosen on the tuned half of tests/data/title_pairs.txt."""

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
    """Two works of one kind."""
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
    found = _doubt(one, other, _compare_years(one, other, people, length), people)
    told = [title, *found.reasons, *_tell(people, "the same maker", "other makers")]
    return Evidence(found.confidence, (*told, *_tell(length, "the same length", "another length")))


def _compare_years(one: ParsedWork, other: ParsedWork, people: str, length: str) -> Evidence:
    if one.year is None or other.year is None:
        return _compare_without_year(one, other, people, length)
    apart = abs(one.year - other.year)
    if apart > 1:
        close = apart == 2 and people == SAME
        return Evidence(CONFIDENCE.no_year, ("two years apart",)) if close else NOTHING
    said = "the same year" if apart == 0 else "a year apart"
    if people == DIFFERENT or (length == DIFFERENT and people != SAME):
        return Evidence(CONFIDENCE.makers_differ, (said,)) if apart == 0 or people != DIFFERENT else NOTHING
    if apart == 0:
        return Evidence(CONFIDENCE.year_and_maker if people == SAME else CONFIDENCE.year, (said,))
    if people == SAME:
        return Evidence(CONFIDENCE.near_year_and_maker, (said,))
    return Evidence(CONFIDENCE.near_year_and_length if length == SAME else CONFIDENCE.near_year, (said,))


def _doubt(one: ParsedWork, other: ParsedWork, found: Evidence, people: str) -> Evidence:
    """What the title and the year leave open where no maker vouches for them: then a person decides."""
    if people == SAME or found.confidence <= CONFIDENCE.no_year:
        return found
    if _is_named_otherwise(one, other):
        return Evidence(CONFIDENCE.no_year, (*found.reasons, "but other original titles"))
    if found.confidence == CONFIDENCE.near_year and not _says_enough(one, other):
        return Evidence(CONFIDENCE.no_year, (*found.reasons, "and too little else to tell"))
    return found


def _is_named_otherwise(one: ParsedWork, other: ParsedWork) -> bool:
    """Two original titles in the same letters; one that is written in others may be the same, spelled out."""
    ours, theirs = title_key(one.original_title), title_key(other.original_title)
    return ours.isascii() and theirs.isascii() and bool(ours and theirs) and ours != theirs


def _says_enough(one: ParsedWork, other: ParsedWork) -> bool:
    """Whether a title alone bridges a year: article and all ("Fear", "The Fear" are two films), and with no lengths
    that speak against it. Among the 3,882 titles of MovieLens-1M, films one year apart under one key differ in it."""
    has_other_article = find_article(one.title) != find_article(other.title)
    return not has_other_article and not (one.runtime_seconds and other.runtime_seconds)


def _compare_without_year(one: ParsedWork, other: ParsedWork, people: str, length: str) -> Evidence:
    if DIFFERENT in (people, length):
        return NOTHING
    if people == SAME:
        return Evidence(CONFIDENCE.maker, ("a year is missing",))
    if one.year is None and other.year is None:  # the one says nothing that the other does not
        return Evidence(CONFIDENCE.no_year_at_all, ("neither says a year",))
    said = "but a year is missing"
    return Evidence(CONFIDENCE.no_year_but_length if length == SAME else CONFIDENCE.no_year, (said,))


def _compare_main_titles(one: ParsedWork, other: ParsedWork, people: str) -> Evidence:
    """One of the titles is the other without what follows its colon: only with year and makers, and never a second
    part for the whole."""
    if is_later_part(one.title) or is_later_part(other.title):
        return NOTHING
    mains = {title_key(found) for work in (one, other) if (found := find_main_title(work.title))}
    if mains & (list_titles(one) | list_titles(other)) and one.year == other.year is not None and people == SAME:
        return Evidence(CONFIDENCE.main_title, ("the same main title", "the same year", "the same maker"))
    return NOTHING


def _compare_episodes(one: ParsedWork, other: ParsedWork) -> Evidence:
    if not _same_series(one.parent, other.parent):
        return NOTHING
    place, other_place = (one.season, one.number), (other.season, other.number)
    named = title_key(one.title) == title_key(other.title)
    if None in place or None in other_place:
        said = ("the same series and title", "but a number is missing")
        return Evidence(CONFIDENCE.near_year, said) if named and not _is_numbered(one.title) else NOTHING
    if place == other_place:
        if named or _is_numbered(one.title) or _is_numbered(other.title):
            return Evidence(CONFIDENCE.year, ("the same series, season and number",))
        return Evidence(CONFIDENCE.no_year, ("the same series, season and number", "but another title"))
    if named and not _is_numbered(one.title):
        return Evidence(CONFIDENCE.makers_differ, ("the same series and title", "but another number"))
    return NOTHING


def _same_series(one: ParsedWork | None, other: ParsedWork | None) -> bool:
    if one is None or other is None or not list_titles(one) & list_titles(other):
        return False
    return one.year is None or other.year is None or abs(one.year - other.year) <= 1


def _is_numbered(title: str) -> bool:
    """ "Episode 3", "S01E03", "Episode #1.3", "Folge 3": no name of its own."""
    words = "".join(letter for letter in title_key(title) if letter.isalpha())
    return words in {"", "episode", "folge", "se", "part", "chapter", "ep", "e", "x", "sxe", "teil", "capitulo"}


def _compare_clips(one: ParsedWork, other: ParsedWork) -> Evidence:
    """Clips often share a name ("holiday"), so their channel or their length must agree too."""
    if not list_titles(one) & list_titles(other):
        return NOTHING
    channel, length = compare_people(one, other, ("channel", "creator")), compare_lengths(one, other, is_exact=True)
    if channel == DIFFERENT or length == DIFFERENT or (one.year and other.year and one.year != other.year):
        return NOTHING
    if channel == SAME:
        return Evidence(CONFIDENCE.maker, ("the same title and channel", *_tell(length, "the same length", "")))
    if length == SAME:
        return Evidence(CONFIDENCE.near_year, ("the same title and length",))
    if one.year and one.year == other.year:
        return Evidence(CONFIDENCE.no_year, ("the same title and year", "but neither channel nor length to tell"))
    return NOTHING


def _tell(verdict: str, same: str, different: str) -> Iterable[str]:
    said = {SAME: same, DIFFERENT: different}.get(verdict, "")
    return (said,) if said else ()
