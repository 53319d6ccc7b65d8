"""Entries of a JSON list, one at a time and never the whole file, and objects one a line. Knows no formats."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from itertools import islice
from typing import IO, Any, NamedTuple

from mediarec.library.importers.delimited_text import find_encoding, read_lines
from mediarec.library.importers.source import Source

BLOCK = 16_384  # an error costs as much as the text that is held
MOST_BROKEN = 10_000  # entries of one list, after which it is not worth reading on
LONGEST_ENTRY = 4_000_000  # some tools put a thousand plays into one entry
NEXT_ENTRY = re.compile(r',\s*(?=\{\s*")')
BLANK = re.compile(r"\s*")
OVERLAP = 64  # kept between two blocks, so that what lies across them is found
FIRST_ENTRIES = 20  # looked at to see what a file is: one may be broken
NEAR_END = 20  # an error this close to the end of what was read may only mean that there is more


class Entry(NamedTuple):
    """`problem` is set instead of `value` where the entry is not JSON."""

    number: int
    value: Any
    problem: str = ""


def _read_float(text: str) -> float | None:
    """No database keeps infinity in JSON."""
    value = float(text)
    return value if math.isfinite(value) else None


DECODER = json.JSONDecoder(strict=False, parse_float=_read_float, parse_constant=lambda _: None)


def read_json(text: str) -> Any:
    """One JSON text. Raises ValueError with what is wrong, also for what nests too deep."""
    try:
        return DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("it nests too deep") from error


def read_json_lines(source: Source, name: str) -> Iterator[Entry]:
    """One JSON text a line; the numbers are line numbers."""
    for line in read_lines(source, name):
        if line.problem:
            yield Entry(line.number, None, line.problem)
            continue
        try:
            yield Entry(line.number, read_json(line.text))
        except ValueError as error:
            yield Entry(line.number, None, f"not JSON ({error})")


def read_entries(source: Source, name: str, keys: Collection[str] = ()) -> Iterator[Entry]:
    """The entries of the list that the file is, or that it keeps under one of `keys`; an object below one of these
    keys is entered. A file that is neither gives one entry with a problem."""
    with source.open_text(name, find_encoding(source, name)) as opened:
        window = _Window(opened)
        try:
            found = _enter_list(window, keys)
        except ValueError as error:
            yield Entry(1, None, f"not JSON ({error})")
            return
        if not found:
            yield Entry(1, None, "expected a list of entries")
            return
        yield from _read_list(window)


def first_entry(source: Source, name: str, keys: Collection[str] = ()) -> dict[str, Any]:
    """The first object among the first entries of the list; reads no more than it must."""
    entries = islice(read_entries(source, name, keys), FIRST_ENTRIES)
    return next((entry.value for entry in entries if isinstance(entry.value, dict)), {})


class _Window:
    """A stretch of text that moves forward over a stream."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.text = ""
        self.at = 0

    def peek(self) -> str:
        """The next character that is not blank; nothing at the end."""
        while True:
            found = BLANK.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._read_more():
                return ""

    def read_value(self) -> Any:
        """Raises ValueError with what is wrong; the window then stands where it stood."""
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
            except (ValueError, RecursionError) as error:
                if self._may_be_cut(error) and self._read_more():
                    continue
                if len(self.text) - self.at >= LONGEST_ENTRY:
                    raise ValueError(f"longer than {LONGEST_ENTRY} characters") from error
                raise ValueError(_describe(error)) from error
            if end == len(self.text) and self._read_more():  # a number may go on in the next block
                continue
            self.at = end
            return value

    def skip_entry(self) -> None:
        """To where the next object seems to start, or to the end."""
        self.at += 1
        while True:
            if found := NEXT_ENTRY.search(self.text, self.at):
                self.at = found.end()
                return
            self.at = max(self.at, len(self.text) - OVERLAP)
            if not self._read_more():
                self.at = len(self.text)
                return

    def _may_be_cut(self, error: Exception) -> bool:
        if not isinstance(error, json.JSONDecodeError) or len(self.text) - self.at >= LONGEST_ENTRY:
            return False
        return error.msg.startswith("Unterminated") or error.pos >= len(self.text) - NEAR_END

    def _read_more(self) -> bool:
        """Twice as much as is held, so that a long entry is not tried too often."""
        while block := self._stream.read(max(BLOCK, len(self.text) - self.at)):
            if fresh := block.replace("\x00", ""):
                self.text, self.at = self.text[self.at :] + fresh, 0
                return True
        return False


def _describe(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deep"
    return error.msg if isinstance(error, json.JSONDecodeError) else "a number is too long"


def _enter_list(window: _Window, keys: Collection[str]) -> bool:
    """Moves to the first entry of the list. False where there is none."""
    mark = window.peek()
    while mark == "{":
        window.at += 1
        mark = _find_key(window, keys)
    if mark != "[":
        return False
    window.at += 1
    return True


def _find_key(window: _Window, keys: Collection[str]) -> str:
    """Moves behind one of these keys of an object; returns what its value starts with, nothing without the key."""
    while (mark := window.peek()) == '"' or mark == ",":
        if mark == ",":
            window.at += 1
            continue
        key = window.read_value()
        if window.peek() != ":":
            return ""
        window.at += 1
        starts = window.peek()
        if key in keys and starts in ("[", "{"):
            return starts
        window.read_value()
    return ""


def _read_list(window: _Window) -> Iterator[Entry]:
    number = broken = 0
    while (mark := window.peek()) not in ("", "]"):
        if mark == ",":
            window.at += 1
            continue
        number += 1
        entry = _read_entry(window, number)
        yield entry
        broken += bool(entry.problem)
        if broken == MOST_BROKEN:
            yield Entry(number + 1, None, f"{MOST_BROKEN} entries could not be used; reading stops here")
            return
    if mark == "":
        yield Entry(number + 1, None, "the file ends in the middle of the list")


def _read_entry(window: _Window, number: int) -> Entry:
    try:
        value = window.read_value()
    except ValueError as error:
        window.skip_entry()
        return Entry(number, None, f"not JSON ({error})")
    is_structure = isinstance(value, dict | list)
    return Entry(number, value, "" if is_structure else "expected an object, found a single value")
