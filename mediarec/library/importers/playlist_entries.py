"""The entries of playlist files by format: where each points and what it is called. Knows no library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from mediarec.library.importers.base import clean
from mediarec.library.importers.delimited_text import read_lines
from mediarec.library.importers.json_stream import read_entries, read_json
from mediarec.library.importers.play_events import read_mbid, read_number, read_text
from mediarec.library.importers.source import Source

EXTINF = re.compile(r"#EXTINF:\s*(?P<seconds>-?[\d.]*)[^,]*,(?P<name>.*)", re.IGNORECASE)
PLS_LINE = re.compile(r"(?P<key>file|title|length)(?P<number>\d{1,6})\s*=(?P<value>.*)", re.IGNORECASE)
RECORDING = re.compile(r"musicbrainz\.org/recording/([0-9a-f-]{36})")
MOST_ENTRIES = 100_000
HEAD_CHARACTERS = 1_000_000  # of a JSPF: where a small one says when it was made


@dataclass(frozen=True)
class ListedEntry:
    """`problem` is set where the entry cannot be used; `path` may be an address."""

    place: str
    path: str = ""
    title: str = ""
    artist: str = ""
    album: str = ""
    seconds: float | None = None
    date: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def read_m3u(source: Source, name: str) -> Iterator[ListedEntry]:
    """Comments before a path describe it."""
    told: dict[str, Any] = {}
    for number, text, problem in read_lines(source, name):
        place = f"line {number}"
        line = text.strip()
        if problem:
            yield ListedEntry(place, problem=problem)
        elif found := EXTINF.match(line):
            told |= {"seconds": read_number(found["seconds"]), **_split_name(found["name"])}
        elif line.upper().startswith(("#EXTALB:", "#EXTART:")):
            told["album" if line[4:7].upper() == "ALB" else "artist"] = clean(line[8:])
        elif not line.startswith("#"):
            yield ListedEntry(place, line, **told)
            told = {}


def _split_name(name: str) -> dict[str, str]:
    """ "Artist - Title"; a name without the dash is a title."""
    artist, dash, title = clean(name).partition(" - ")
    return {"artist": artist, "title": title} if dash else {"title": artist}


def read_pls(source: Source, name: str) -> Iterator[ListedEntry]:
    """FileN, TitleN and LengthN belong together, in any order."""
    told: dict[str, dict[str, Any]] = {}
    for number, text, problem in read_lines(source, name):
        found = PLS_LINE.match(text.strip())
        if problem or (found and found["number"] not in told and len(told) >= MOST_ENTRIES):
            yield ListedEntry(f"line {number}", problem=problem or f"more than {MOST_ENTRIES} entries")
        elif found:
            entry = told.setdefault(found["number"], {"place": f"line {number}"})
            entry |= _read_pls_value(found["key"].lower(), found["value"].strip())
    for entry in told.values():
        yield ListedEntry(**entry)


def _read_pls_value(key: str, value: str) -> dict[str, Any]:
    if key == "title":
        return _split_name(value)
    return {"path": value} if key == "file" else {"seconds": read_number(value)}


def read_xspf(source: Source, name: str) -> Iterator[ListedEntry]:
    """Entities and document types are refused; a file that breaks off gives what came before."""
    number, date = 0, ""
    with source.open_bytes(name) as opened:
        try:
            for _, element in iterparse(opened, events=("end",), forbid_dtd=True):
                tag = element.tag.rpartition("}")[2]
                if tag == "date":
                    date = clean(element.text or "")
                if tag == "track":
                    number += 1
                    yield _read_xspf_track(f"track {number}", element, date)
                    element.clear()
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            yield ListedEntry(f"track {number + 1}", problem=f"not XML that is read here ({clean(str(error))[:200]})")


def _read_xspf_track(place: str, track: Element, date: str) -> ListedEntry:
    told: dict[str, str] = {}
    for element in track:
        told.setdefault(element.tag.rpartition("}")[2], clean((element.text or "")[:4_096]))
    milliseconds = read_number(told.get("duration"))
    return ListedEntry(
        place,
        told.get("location", ""),
        told.get("title", ""),
        told.get("creator", ""),
        told.get("album", ""),
        milliseconds / 1000 if milliseconds else None,
        date,
        _find_recording(told.get("identifier", "")),
    )


def _find_recording(address: str) -> dict[str, str]:
    found = RECORDING.search(address)
    return read_mbid(found[1]) if found else {}


def read_jspf(source: Source, name: str) -> Iterator[ListedEntry]:
    date = _read_jspf_date(source, name)
    for number, track, problem in read_entries(source, name, ("playlist", "track")):
        place = f"track {number}"
        if problem or not isinstance(track, dict):
            yield ListedEntry(place, problem=problem or "expected an object with title and creator")
            continue
        milliseconds = read_number(track.get("duration"))
        yield ListedEntry(
            place,
            _first(track.get("location")),
            read_text(track.get("title")),
            read_text(track.get("creator")),
            read_text(track.get("album")),
            milliseconds / 1000 if milliseconds else None,
            date,
            _find_recording(_first(track.get("identifier"))),
        )


def _first(value: Any) -> str:
    """One address, or the first of several."""
    return read_text(value[0] if isinstance(value, list) and value else value)


def _read_jspf_date(source: Source, name: str) -> str:
    with source.open_text(name) as opened:
        start = opened.read(HEAD_CHARACTERS)
    try:
        playlist = read_json(start)["playlist"]
        return read_text(playlist.get("date"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""  # a longer or a broken one: its entries are read all the same
