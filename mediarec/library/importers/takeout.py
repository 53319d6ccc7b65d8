"""The watch history of YouTube and YouTube Music from Google Takeout (JSON), without advertisements and posts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions
from mediarec.library.importers.delimited_text import list_members, read_lines
from mediarec.library.importers.json_stream import first_entry, read_entries
from mediarec.library.importers.play_events import Play, build_track, read_text, reject, report_skipped
from mediarec.library.importers.source import Source
from mediarec.library.importers.watch_events import read_when

MUSIC = "YouTube Music"
VIDEO_URL = re.compile(r"https?://(?:www\.|music\.|m\.)?youtube\.com/watch\?v=([\w-]{11})(?:&.*)?")
WATCHED_PREFIXES = (  # "Watched" in the languages that put it first; what follows it is the title
    *("Watched ", "Has visto ", "Vous avez regardé ", "Hai guardato ", "Você assistiu a ", "Viste ", "Bekeken: "),
    *("Obejrzano: ", "Просмотрено видео ", "Вы посмотрели видео ", "Sledoval jste "),
)
WATCHED_SUFFIXES = (" angesehen", " を視聴しました", " 을(를) 시청했습니다", " bekeken", " izlendi")
TOPIC = " - Topic"
HTML_MARKS = ("mdl-grid", "outer-cell", "youtube.com/watch")
ADVERTS = "advertisements"
POSTS = "posts, which are no videos"
GONE = "videos that were removed, of which no name is left"
ASK_JSON = (
    "this is the watch history as HTML, which is not read: in Google Takeout choose “YouTube and YouTube Music”, then "
    "“Multiple formats”, set “History” to JSON, and bring in watch-history.json"
)


class TakeoutImporter:
    name = "takeout"
    label = "a YouTube watch history from Google Takeout"

    def recognises(self, source: Source) -> bool:
        return any(_is_history(source, name) for name in list_members(source, (".json",))) or bool(_find_html(source))

    def count_rows(self, source: Source) -> int:
        return 0  # entries are not lines

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        histories = [name for name in list_members(source, (".json",)) if _is_history(source, name)]
        if not histories:
            yield from (reject(name, ASK_JSON) for name in _find_html(source))
        for name in histories:
            left_out: Counter[str] = Counter()
            for number, entry, problem in read_entries(source, name):
                location = f"{name}, entry {number}"
                row = reject(location, problem) if problem else _read_entry(location, entry, left_out)
                if row:
                    yield row
            yield from report_skipped(name, left_out)


def _is_history(source: Source, name: str) -> bool:
    entry = first_entry(source, name)
    return entry.keys() >= {"header", "title", "time"} and read_text(entry["header"]).startswith("YouTube")


def _find_html(source: Source) -> list[str]:
    return [name for name in list_members(source, (".html", ".htm")) if _is_html(source, name)]


def _is_html(source: Source, name: str) -> bool:
    """Looks at the first line only; the whole page may be a single line that is too long to read."""
    if not name.lower().endswith((".html", ".htm")):
        return False
    first = next(read_lines(source, name), None)
    text = first.text if first else ""
    is_long = bool(first and first.problem)
    named = "watch" in name.lower() or "history" in name.lower()
    return any(mark in text for mark in HTML_MARKS) or (named and (is_long or "<html" in text.lower()))


def _read_entry(location: str, entry: Any, left_out: Counter[str]) -> ParsedRow | None:
    if not isinstance(entry, dict):
        return reject(location, "expected an object with title and time")
    url, text = read_text(entry.get("titleUrl")), read_text(entry.get("title"))
    reason = _skip_reason(entry, url)
    if reason is not None:
        left_out[reason] += 1
        return None
    raw = {"title": text[:400], "titleUrl": url[:200], "time": read_text(entry.get("time"))[:40]}
    raw |= {"header": read_text(entry.get("header"))[:40], "channel": _read_channel(entry)[:200]}
    title, when = _read_title(text), read_when(entry.get("time"))
    if not title or when is None:
        why = (
            "no title" if not title else f"{str(entry.get('time'))[:40]!r} is not a time like 2024-05-31T20:15:00.000Z"
        )
        return reject(location, why, raw)
    if title.startswith("https://") or not url:
        left_out[GONE] += 1
        return None
    video = VIDEO_URL.fullmatch(url)
    ids = {"youtube": video[1]} if video else {}
    channel = _read_channel(entry)
    event = ParsedEvent("played", when)
    if read_text(entry.get("header")) == MUSIC or channel.endswith(TOPIC):
        artist = channel.removesuffix(TOPIC)
        if not artist:
            return reject(location, "no artist", raw)
        return ParsedRow(location, build_track(Play(title, (artist,), when, ids=ids)), events=(event,), raw=raw)
    people = {"channel": (channel,)} if channel else {}
    return ParsedRow(location, ParsedWork("video", title, people=people, ids=ids), events=(event,), raw=raw)


def _skip_reason(entry: Mapping[str, Any], url: str) -> str | None:
    """Why an entry is skipped on purpose; None where it is not."""
    details = entry.get("details")
    if isinstance(details, list) and any(
        isinstance(detail, dict) and "Google" in str(detail.get("name")) for detail in details
    ):
        return ADVERTS
    return POSTS if "/post/" in url or "/community" in url or read_text(entry.get("title"))[:7] == "Viewed " else None


def _read_title(text: str) -> str:
    for words in WATCHED_PREFIXES:
        if text.startswith(words):
            return text.removeprefix(words).strip()
    for words in WATCHED_SUFFIXES:
        if text.endswith(words):
            return text.removesuffix(words).strip().strip('„“"«»')
    return text


def _read_channel(entry: Mapping[str, Any]) -> str:
    listed = entry.get("subtitles")
    first = listed[0] if isinstance(listed, list) and listed else None
    return read_text(first.get("name")) if isinstance(first, dict) else ""
