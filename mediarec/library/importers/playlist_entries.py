"""Parses the entries of playlist files, by format: path or address, and names. Knows no library."""

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
HEAD_CHARACTERS = 1_000_000  # read of a JSPF to find its date


@dataclass(frozen=True)
class ListedEntry:
    """`path` may be a network address; `problem` is set where the entry cannot be used."""

    location: str
    path: str = ""
    title: str = ""
    artist: str = ""
    album: str = ""
    seconds: float | None = None
    date: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def read_m3u(source: Source, name: str) -> Iterator[ListedEntry]:
    """Comment lines (#EXTINF and the like) describe the path that follows."""
    fields: dict[str, Any] = {}
    for number, text, problem in read_lines(source, name):
        location = f"line {number}"
        line = text.strip()
        if problem:
            yield ListedEntry(location, problem=problem)
        elif extinf := EXTINF.match(line):
            fields |= {"seconds": read_number(extinf["seconds"]), **_split_name(extinf["name"])}
        elif line.upper().startswith(("#EXTALB:", "#EXTART:")):
            fields["album" if line[4:7].upper() == "ALB" else "artist"] = clean(line[8:])
        elif not line.startswith("#"):
            yield ListedEntry(location, line, **fields)
            fields = {}


def _split_name(name: str) -> dict[str, str]:
    """ "Artist - Title"; a name without the dash is a title."""
    artist, dash, title = clean(name).partition(" - ")
    return {"artist": artist, "title": title} if dash else {"title": artist}


def read_pls(source: Source, name: str) -> Iterator[ListedEntry]:
    """FileN, TitleN and LengthN with the same N form one entry, in any order."""
    entries: dict[str, dict[str, Any]] = {}
    for number, text, problem in read_lines(source, name):
        match = PLS_LINE.match(text.strip())
        if problem or (match and match["number"] not in entries and len(entries) >= MOST_ENTRIES):
            yield ListedEntry(f"line {number}", problem=problem or f"more than {MOST_ENTRIES} entries")
        elif match:
            entry = entries.setdefault(match["number"], {"location": f"line {number}"})
            entry |= _read_pls_value(match["key"].lower(), match["value"].strip())
    for entry in entries.values():
        yield ListedEntry(**entry)


def _read_pls_value(key: str, value: str) -> dict[str, Any]:
    if key == "title":
        return _split_name(value)
    return {"path": value} if key == "file" else {"seconds": read_number(value)}


def read_xspf(source: Source, name: str) -> Iterator[ListedEntry]:
    """Entities and document types are refused; a truncated file gives the entries before its end."""
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


def _read_xspf_track(location: str, track: Element, date: str) -> ListedEntry:
    fields: dict[str, str] = {}
    for element in track:
        fields.setdefault(element.tag.rpartition("}")[2], clean((element.text or "")[:4_096]))
    milliseconds = read_number(fields.get("duration"))
    return ListedEntry(
        location,
        fields.get("location", ""),
        fields.get("title", ""),
        fields.get("creator", ""),
        fields.get("album", ""),
        milliseconds / 1000 if milliseconds else None,
        date,
        _find_recording(fields.get("identifier", "")),
    )


def _find_recording(address: str) -> dict[str, str]:
    match = RECORDING.search(address)
    return read_mbid(match[1]) if match else {}


def read_jspf(source: Source, name: str) -> Iterator[ListedEntry]:
    date = _read_jspf_date(source, name)
    for number, track, problem in read_entries(source, name, ("playlist", "track")):
        location = f"track {number}"
        if problem or not isinstance(track, dict):
            yield ListedEntry(location, problem=problem or "expected an object with title and creator")
            continue
        milliseconds = read_number(track.get("duration"))
        yield ListedEntry(
            location,
            _first(track.get("location")),
            read_text(track.get("title")),
            read_text(track.get("creator")),
            read_text(track.get("album")),
            milliseconds / 1000 if milliseconds else None,
            date,
            _find_recording(_first(track.get("identifier"))),
        )


def _first(value: Any) -> str:
    """A string, or the first of a list of strings."""
    return read_text(value[0] if isinstance(value, list) and value else value)


def _read_jspf_date(source: Source, name: str) -> str:
    with source.open_text(name) as opened:
        start = opened.read(HEAD_CHARACTERS)
    try:
        playlist = read_json(start)["playlist"]
        return read_text(playlist.get("date"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""  # a long or broken file: its entries are read all the same
