"""Streams lines and table rows of a text file, with a bound on line length. Knows no formats."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from mediarec.library import text_encoding
from mediarec.library.importers.source import Source

LONGEST_LINE = 200_000
PROBED_BYTES = 262_144
MOST_PROBED = 200  # members that are opened to recognise their format
DELIMITERS = ",;\t|"


class Line(NamedTuple):
    """`problem` is set instead of `text` where the line cannot be used."""

    number: int
    text: str
    problem: str = ""


class Row(NamedTuple):
    """The cells of a line by column name in lower case; missing cells are empty."""

    number: int
    cells: dict[str, str]
    problem: str = ""


def find_encoding(source: Source, name: str) -> str:
    """Judged by the start of the file: byte order mark, UTF-8, else the likeliest code page."""
    with source.open_bytes(name) as opened:
        start = opened.read(PROBED_BYTES)
    return text_encoding.find_encoding(start, is_cut=len(start) == PROBED_BYTES)


def read_lines(source: Source, name: str) -> Iterator[Line]:
    """Non-blank lines with any line ending. Each is decoded on its own: one bad byte affects no other line."""
    encoding = find_encoding(source, name)
    is_wide = encoding.startswith(("utf-16", "utf-32"))
    page = text_encoding.WESTERN if encoding.startswith("utf-8") else encoding
    with source.open_text(name, encoding if is_wide else "latin-1") as opened:
        number = 0
        while line := opened.readline(LONGEST_LINE):
            number += 1
            is_long = len(line) == LONGEST_LINE and not line.endswith(("\n", "\r"))
            if is_long:
                yield Line(
                    number, "", f"longer than {LONGEST_LINE} characters"
                )  # yielded first: a caller that only probes the file need not read the rest
                while (rest := opened.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
                    continue
                continue
            text = (line if is_wide else _decode(line, page)).replace("\x00", "").strip("\ufeff\r\n")
            if text.strip():
                yield Line(number, text)


def _decode(line: str, page: str) -> str:
    """Decodes a line that was read as Latin-1: UTF-8, or the code page `page` where it is not valid UTF-8."""
    if line.isascii():
        return line
    raw = line.encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(page, "replace")


def guess_delimiter(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def split_line(text: str, delimiter: str) -> list[str]:
    """The cells of one line. An unclosed quote ends with its line, so that a truncated row affects no other.
    Raises ValueError for a line that cannot be split."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if "end of data" in str(error):
            raise ValueError("it ends inside quotation marks") from error
    try:  # quotation marks inside a cell that were not escaped
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error as error:
        raise ValueError(str(error)) from error


def read_table(source: Source, name: str, is_comment: Callable[[str], bool] | None = None) -> Iterator[Row]:
    """Rows below the header line; the delimiter is the most frequent one in the header."""
    columns: list[str] | None = None
    delimiter = ","
    for line in read_lines(source, name):
        if is_comment and is_comment(line.text):
            continue
        if line.problem:
            yield Row(line.number, {}, line.problem)
            continue
        try:
            delimiter = guess_delimiter(line.text) if columns is None else delimiter
            cells = split_line(line.text, delimiter)
        except ValueError as error:
            yield Row(line.number, {}, str(error))
            continue
        if columns is None:
            columns = [cell.strip().lower() for cell in cells]
            continue
        full = cells + [""] * (len(columns) - len(cells))
        yield Row(line.number, {column: cell for column, cell in zip(columns, full, strict=False) if column})


def read_header(source: Source, name: str, is_comment: Callable[[str], bool] | None = None) -> list[str]:
    """The column names in lower case; empty where the first line cannot be split."""
    for line in read_lines(source, name):
        if is_comment and is_comment(line.text):
            continue
        try:
            return [cell.strip().lower() for cell in split_line(line.text, guess_delimiter(line.text))]
        except ValueError:
            return []
    return []


def list_members(source: Source, endings: Collection[str]) -> list[str]:
    """Members with one of these endings, sorted by name; a single file is always listed, whatever its name."""
    if not source.is_folder and not source.is_zip:
        return source.names
    names = [name for name in source.names if name.lower().endswith(tuple(endings)) and "__macosx/" not in name.lower()]
    return sorted(names)[:MOST_PROBED]
