"""Streams JSON: the entries of a list one at a time, never the whole file, and JSON lines. Knows no formats."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from itertools import islice
from typing import IO, Any, NamedTuple

from mediarec.library.importers.delimited_text import find_encoding, read_lines
from mediarec.library.importers.source import Source

BLOCK = 16_384  # characters; a parse error costs time in proportion to the text in the window
MOST_BROKEN = 10_000  # broken entries of one list after which reading stops
LONGEST_ENTRY = 4_000_000  # characters; some tools put a thousand plays into one entry
NEXT_ENTRY = re.compile(r',\s*(?=\{\s*")')
BLANK = re.compile(r"\s*")
OVERLAP = 64  # characters kept between two blocks, so that a match across their border is found
FIRST_ENTRIES = 20  # examined to recognise a format: the first may be broken
NEAR_END = 20  # characters; an error this close to the end may only mean that more text has to be read


class Entry(NamedTuple):
    """`problem` is set instead of `value` where the entry is not valid JSON."""

    number: int
    value: Any
    problem: str = ""


def _read_float(text: str) -> float | None:
    """None for infinity, which JSON in a database cannot hold."""
    value = float(text)
    return value if math.isfinite(value) else None


DECODER = json.JSONDecoder(strict=False, parse_float=_read_float, parse_constant=lambda _: None)


def read_json(text: str) -> Any:
    """Parses one JSON text. Raises ValueError for invalid JSON and for nesting that is too deep."""
    try:
        return DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("it nests too deep") from error


def read_json_lines(source: Source, name: str) -> Iterator[Entry]:
    """One JSON text per line; entries are numbered by line."""
    for line in read_lines(source, name):
        if line.problem:
            yield Entry(line.number, None, line.problem)
            continue
        try:
            yield Entry(line.number, read_json(line.text))
        except ValueError as error:
            yield Entry(line.number, None, f"not JSON ({error})")


def read_entries(source: Source, name: str, keys: Collection[str] = ()) -> Iterator[Entry]:
    """The entries of a top-level list, or of the list under one of `keys`, searched through nested objects with such
    keys. A file with neither gives one entry with a problem."""
    with source.open_text(name, find_encoding(source, name)) as opened:
        window = _Window(opened)
        try:
            has_list = _enter_list(window, keys)
        except ValueError as error:
            yield Entry(1, None, f"not JSON ({error})")
            return
        if not has_list:
            yield Entry(1, None, "expected a list of entries")
            return
        yield from _read_list(window)


def first_entry(source: Source, name: str, keys: Collection[str] = ()) -> dict[str, Any]:
    """The first object among the first entries of the list, or an empty one; reads no more than needed."""
    entries = islice(read_entries(source, name, keys), FIRST_ENTRIES)
    return next((entry.value for entry in entries if isinstance(entry.value, dict)), {})


class _Window:
    """A sliding window of text over a stream; `position` is where parsing continues in `text`."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.text = ""
        self.position = 0

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            match = BLANK.match(self.text, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self.text):
                return self.text[self.position]
            if not self._read_more():
                return ""

    def read_value(self) -> Any:
        """Parses one JSON value. Raises ValueError for invalid JSON and then leaves the position unchanged."""
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.position)
            except (ValueError, RecursionError) as error:
                if self._may_be_cut(error) and self._read_more():
                    continue
                if len(self.text) - self.position >= LONGEST_ENTRY:
                    raise ValueError(f"longer than {LONGEST_ENTRY} characters") from error
                raise ValueError(_describe(error)) from error
            if end == len(self.text) and self._read_more():  # a number may continue in the next block
                continue
            self.position = end
            return value

    def skip_entry(self) -> None:
        """Skips to where the next object seems to start, or to the end."""
        self.position += 1
        while True:
            if match := NEXT_ENTRY.search(self.text, self.position):
                self.position = match.end()
                return
            self.position = max(self.position, len(self.text) - OVERLAP)
            if not self._read_more():
                self.position = len(self.text)
                return

    def _may_be_cut(self, error: Exception) -> bool:
        if not isinstance(error, json.JSONDecodeError) or len(self.text) - self.position >= LONGEST_ENTRY:
            return False
        return error.msg.startswith("Unterminated") or error.pos >= len(self.text) - NEAR_END

    def _read_more(self) -> bool:
        """Doubles the window, so that a long entry is not parsed too often. False at the end of the stream."""
        while block := self._stream.read(max(BLOCK, len(self.text) - self.position)):
            if fresh := block.replace("\x00", ""):
                self.text, self.position = self.text[self.position :] + fresh, 0
                return True
        return False


def _describe(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deep"
    return error.msg if isinstance(error, json.JSONDecodeError) else "a number is too long"


def _enter_list(window: _Window, keys: Collection[str]) -> bool:
    """Moves to the first entry of the list. False where there is no list."""
    char = window.peek()
    while char == "{":
        window.position += 1
        char = _find_key(window, keys)
    if char != "[":
        return False
    window.position += 1
    return True


def _find_key(window: _Window, keys: Collection[str]) -> str:
    """Moves past one of these keys of an object; returns the first character of its value, empty without the key."""
    while (char := window.peek()) == '"' or char == ",":
        if char == ",":
            window.position += 1
            continue
        key = window.read_value()
        if window.peek() != ":":
            return ""
        window.position += 1
        starts = window.peek()
        if key in keys and starts in ("[", "{"):
            return starts
        window.read_value()
    return ""


def _read_list(window: _Window) -> Iterator[Entry]:
    number = broken = 0
    while (char := window.peek()) not in ("", "]"):
        if char == ",":
            window.position += 1
            continue
        number += 1
        entry = _read_entry(window, number)
        yield entry
        broken += bool(entry.problem)
        if broken == MOST_BROKEN:
            yield Entry(number + 1, None, f"{MOST_BROKEN} entries could not be used; reading stops here")
            return
    if char == "":
        yield Entry(number + 1, None, "the file ends in the middle of the list")


def _read_entry(window: _Window, number: int) -> Entry:
    try:
        value = window.read_value()
    except ValueError as error:
        window.skip_entry()
        return Entry(number, None, f"not JSON ({error})")
    is_structure = isinstance(value, dict | list)
    return Entry(number, value, "" if is_structure else "expected an object, found a single value")
