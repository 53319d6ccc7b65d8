"""AniList's lists as its API returns them, and the account export, which has ids instead of titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions, read_year
from mediarec.library.importers.delimited_text import list_members
from mediarec.library.importers.json_stream import first_entry, read_entries
from mediarec.library.importers.play_events import read_epoch, read_number, read_text, reject, report_skipped
from mediarec.library.importers.source import Source
from mediarec.library.importers.watch_events import build_event, read_count, read_rating, read_when, read_word

KEYS = ("data", "MediaListCollection", "lists")
STATES = {"COMPLETED": "finished", "CURRENT": "played", "REPEATING": "finished", "PAUSED": "played"}
STATES |= {"DROPPED": "abandoned", "PLANNING": "saved"}
KINDS = {"MOVIE": "film", "MUSIC": "video"}
SCALES = (3, 5, 10, 100)  # users choose their scale; the smallest that covers every score is assumed
NO_TITLE = "the account's export has only AniList's number and no title; bring in the list as AniList's API gives it"
MANGA = "manga, which are not supported"
TWICE = "in more than one list"


class AniListImporter:
    name = "anilist"
    label = "an AniList export"

    def recognises(self, source: Source) -> bool:
        return any(_is_export(source, name) for name in list_members(source, (".json",)))

    def count_rows(self, source: Source) -> int:
        return 0  # entries are not lines

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in list_members(source, (".json",)):
            if _is_export(source, name):
                yield from _read_file(source, name)


def _is_export(source: Source, name: str) -> bool:
    entry = first_entry(source, name, KEYS)
    entries = entry.get("entries")
    first = next((item for item in entries if isinstance(item, dict)), {}) if isinstance(entries, list) else entry
    return ("media" in first and "status" in first) or entry.keys() >= {"series_id", "series_type"}


def _list_entries(source: Source, name: str) -> Iterator[tuple[str, Any, str]]:
    """(location, entry, problem) of each entry, whether the file has one list or a list of lists."""
    for number, value, problem in read_entries(source, name, KEYS):
        entries = value.get("entries") if isinstance(value, dict) else None
        if not isinstance(entries, list):
            yield f"{name}, entry {number}", value, problem
            continue
        for inner, entry in enumerate(entries, start=1):
            yield f"{name}, list {number}, entry {inner}", entry, ""


def _find_scale(source: Source, name: str) -> int:
    scores = (read_number(entry.get("score")) for _, entry, _ in _list_entries(source, name) if isinstance(entry, dict))
    highest = max((score for score in scores if score), default=0)
    return next((scale for scale in SCALES if highest <= scale), SCALES[-1])


def _read_file(source: Source, name: str) -> Iterator[ParsedRow]:
    scale, seen = _find_scale(source, name), set()
    left_out: Counter[str] = Counter()
    rated = 0
    for location, entry, problem in _list_entries(source, name):
        if problem or not isinstance(entry, dict):
            yield reject(location, problem or "expected an object with media and status")
            continue
        number = read_word(entry.get("mediaId") or entry.get("series_id"))
        if number and number in seen:
            left_out[TWICE] += 1
            continue
        seen.add(number)
        media = entry.get("media")
        if read_word(entry.get("series_type")) == "1" or (isinstance(media, dict) and media.get("type") == "MANGA"):
            left_out[MANGA] += 1
            continue
        row = _read_entry(location, entry, media if isinstance(media, dict) else {}, scale)
        rated += any(event.what == "rated" for event in row.events)
        yield row
    yield from report_skipped(name, left_out)
    if rated:
        yield ParsedRow(name, note=f"{name}: its scores were read as going up to {scale}; it does not say so itself.")


def _read_entry(location: str, entry: Mapping[str, Any], media: Mapping[str, Any], scale: int) -> ParsedRow:
    title = media.get("title")
    names = title if isinstance(title, dict) else {"romaji": title}
    english, romaji, native = (read_text(names.get(key)) for key in ("english", "romaji", "native"))
    number = read_word(entry.get("mediaId") or media.get("id") or entry.get("series_id"))
    raw = {"mediaId": number, "title": (english or romaji)[:400], "status": read_word(entry.get("status"))}
    raw |= {"score": read_word(entry.get("score")), "progress": read_word(entry.get("progress"))}
    if not (english or romaji or native):
        return reject(location, NO_TITLE if "series_id" in entry else "no title", raw)
    try:
        events = tuple(_list_events(entry, scale))
    except ValueError as error:
        return reject(location, str(error), raw)
    work = ParsedWork(
        KINDS.get(read_text(media.get("format")), "series"),
        english or romaji or native,
        read_year(read_word(media.get("seasonYear"))),
        original_title=romaji if english else native,
        ids=_read_ids(number, media),
    )
    return ParsedRow(location, work, events=events, raw=raw)


def _read_ids(number: str, media: Mapping[str, Any]) -> dict[str, str]:
    numbers = {"anilist": number, "myanimelist": read_word(media.get("idMal"))}
    return {name: value for name, value in numbers.items() if value.isascii() and value.isdigit() and int(value) > 0}


def _list_events(entry: Mapping[str, Any], scale: int) -> Iterator[ParsedEvent]:
    """Raises ValueError for an unknown status or a bad rating."""
    state = read_text(entry.get("status"))
    if state and state not in STATES:
        raise ValueError(f"the status {state[:40]!r} is not known")
    changed = read_epoch(entry.get("updatedAt"))
    when = _read_day(entry.get("completedAt")) or _read_day(entry.get("startedAt")) or changed
    if state:
        yield build_event(STATES[state], when)
    if rating := read_rating(entry.get("score"), scale):
        yield build_event("rated", when, rating)


def _read_day(value: Any) -> datetime | None:
    """{"year", "month", "day"}, each of which may be null."""
    if not isinstance(value, dict):
        return read_when(value)
    year, month, day = (read_count(value.get(part)) for part in ("year", "month", "day"))
    try:
        return datetime(year or 0, month or 0, day or 0, 12, tzinfo=UTC)
    except ValueError:
        return None
