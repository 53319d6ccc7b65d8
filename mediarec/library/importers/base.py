"""The row types that every importer yields: works, files and events, whatever the source. Pure; knows no tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Protocol

from mediarec.library.importers.source import Source

FIRST_YEAR, LAST_YEAR = 1870, 2200
MOST_SECONDS = 10_000_000
MOST_SEASONS = 10_000


@dataclass(frozen=True, slots=True)
class ParsedWork:
    """A work as a source describes it, before it is matched. `people` maps a role to names in order; `parent` is a
    track's album or an episode's series; `artwork` locates a picture: ("embedded", "file" or "member", path in hex)."""

    kind: str
    title: str
    year: int | None = None
    original_title: str = ""
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    language: str = ""
    runtime_seconds: int | None = None
    synopsis: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    parent: ParsedWork | None = None
    season: int | None = None
    number: int | None = None
    popularity: float = 0.0
    artwork: tuple[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """Leaves out empty fields; a season of 0 is kept: it holds the specials."""
        stored = {name: value for name in WORK_FIELDS if (value := getattr(self, name)) not in EMPTY_VALUES}
        if self.popularity:
            stored["popularity"] = self.popularity
        if self.people:
            stored["people"] = dict(self.people)
        if self.ids:
            stored["ids"] = dict(self.ids)
        if self.parent:
            stored["parent"] = self.parent.to_json()
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ParsedWork:
        values = {name: value for name, value in stored.items() if value is not None}
        for name in ("genres", "tags", "artwork"):
            if name in values:
                values[name] = tuple(values[name])
        values["people"] = {role: tuple(names) for role, names in values.get("people", {}).items()}
        if values.get("parent"):
            values["parent"] = cls.from_json(values["parent"])
        return cls(**values)


EMPTY_VALUES = (None, "", ())
WORK_FIELDS = tuple(
    column.name for column in fields(ParsedWork) if column.name not in {"popularity", "people", "ids", "parent"}
)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file on disk; `path_hex` is its exact path, bytes in hex, since names need not be UTF-8."""

    path_hex: str
    size_bytes: int
    mtime_ns: int
    content_hash: str
    duration_seconds: float | None = None
    streams: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ParsedFile:
        return cls(**{**stored, "streams": tuple(stored.get("streams", ()))})


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """One interaction; `value` is a rating of 0..1. `origin` is set where the time is not a fact ("order-only")."""

    what: str
    occurred_at: datetime
    value: float | None = None
    progress: float | None = None
    origin: str = ""

    def to_json(self) -> dict[str, Any]:
        """Leaves out empty fields: a history has millions of these."""
        stored: dict[str, Any] = {"what": self.what, "occurred_at": self.occurred_at.isoformat()}
        if self.value is not None:
            stored["value"] = self.value
        if self.progress is not None:
            stored["progress"] = self.progress
        if self.origin:
            stored["origin"] = self.origin
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ParsedEvent:
        return cls(**{**stored, "occurred_at": datetime.fromisoformat(stored["occurred_at"])})


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One row or file: a work with its events, or a `problem` as a sentence. `location` is shown to people."""

    location: str
    work: ParsedWork | None = None
    file: ParsedFile | None = None
    events: tuple[ParsedEvent, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    note: str = ""  # what was skipped although the row is imported
    unchanged: bool = False  # a known file with the same size and time; it was not read
    known_path_hex: str = ""  # a file of the library that the row refers to by path


@dataclass(frozen=True)
class ReadOptions:
    """What the person chose for this import. `known_files` maps paths in hex to the (size, mtime) of library files."""

    movielens_user: str = ""
    whole_catalogue: bool = False
    profile: str = ""  # which one to import from an export of several people
    known_files: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class Importer(Protocol):
    """`recognises` looks at names and first lines only; `parse` streams rows and never raises for one bad row.
    `count_rows` estimates the number of rows for the progress bar; 0 where counting would take long."""

    name: str
    label: str

    def recognises(self, source: Source) -> bool: ...

    def count_rows(self, source: Source) -> int: ...

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]: ...


def read_date(text: str) -> datetime | None:
    """An ISO date or time, or seconds since 1970, as an aware time, else None. A date without a time means noon."""
    word = text.strip()
    if not word:
        return None
    try:
        if word.lstrip("-").replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(word), UTC)
        moment = datetime.fromisoformat(word.replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    if len(word) <= 10:
        moment = moment.replace(hour=12)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_year(text: str | None) -> int | None:
    word = (text or "").strip()[:4]
    return int(word) if word.isascii() and word.isdigit() and FIRST_YEAR <= int(word) <= LAST_YEAR else None


def clean(text: str) -> str:
    """Text that a database can hold: without NUL, lone surrogates or repeated blanks."""
    if text.isprintable() and "  " not in text:  # the common case; a space is the only printable blank
        return text.strip()
    return " ".join(text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").split())


def printable(text: str) -> str:
    """Text that a database can store and a person can read: bytes that are not UTF-8 become \\xNN."""
    if text.isprintable() or (text.isascii() and "\x00" not in text):
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "")


def printable_json(value: Any) -> Any:
    """Applies `printable` to every string inside a JSON value."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable(str(key)): printable_json(item) for key, item in value.items()}
    return [printable_json(item) for item in value] if isinstance(value, list | tuple) else value


_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


def write_json(value: Any) -> str:
    """One line of JSON that a database can hold, whatever text is inside."""
    text = _ENCODE(value)
    if text.isprintable() and "\\u0000" not in text:  # the common case: characters that need care are not printable
        return text
    return _ENCODE(printable_json(value))


LONGEST_TITLE = 400  # an index entry holds 2,700 bytes
LONGEST_NAME = 200
LONGEST_SYNOPSIS = 20_000
MOST_NAMES = 40


def bound_work(work: ParsedWork) -> ParsedWork:
    """The work with every field cut to what the tables and their indexes can hold; a hostile tag can be a megabyte."""
    return ParsedWork(  # `replace` takes three times as long, and a catalogue has millions of works
        kind=work.kind,
        artwork=work.artwork,
        title=clean(work.title)[:LONGEST_TITLE] or "Untitled",
        original_title=clean(work.original_title)[:LONGEST_TITLE],
        year=work.year if work.year and FIRST_YEAR <= work.year <= LAST_YEAR else None,
        genres=_bound_names(work.genres),
        tags=_bound_names(work.tags),
        people={role: names for role, credited in work.people.items() if (names := _bound_names(credited))},
        language=clean(work.language)[:16],
        runtime_seconds=work.runtime_seconds if 0 < (work.runtime_seconds or 0) < MOST_SECONDS else None,
        synopsis=clean(work.synopsis)[:LONGEST_SYNOPSIS],
        ids={name[:20]: clean(value) for name, value in work.ids.items() if 0 < len(clean(value)) <= LONGEST_NAME},
        parent=bound_work(work.parent) if work.parent else None,
        season=work.season if 0 <= (work.season or 0) <= MOST_SEASONS else None,
        number=work.number if 0 <= (work.number or 0) < MOST_SECONDS else None,
        popularity=min(1.0, max(0.0, work.popularity)),
    )


def _bound_names(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        return ()
    return tuple(dict.fromkeys(clean(name)[:LONGEST_NAME] for name in names if clean(name)))[:MOST_NAMES]
