"""What every importer yields: one frozen row type, whatever the source. Pure; knows no tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from mediarec.library.importers.source import Source


@dataclass(frozen=True)
class ParsedWork:
    """A work as a source describes it. `people` maps a role to names in order; `parent` is a track's album or an
    episode's series. `artwork` says where a picture lies: ("embedded" or "file", path in hex)."""

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
        return {name: value for name, value in asdict(self).items() if value not in (None, "", (), {}, 0.0)}

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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class ParsedEvent:
    """Something done; `value` is a rating of 0..1."""

    what: str
    occurred_at: datetime
    value: float | None = None
    progress: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "occurred_at": self.occurred_at.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ParsedEvent:
        return cls(**{**stored, "occurred_at": datetime.fromisoformat(stored["occurred_at"])})


@dataclass(frozen=True)
class ParsedRow:
    """One row or file: a work with what was done with it, or a `problem` in a sentence. `place` is for people."""

    place: str
    work: ParsedWork | None = None
    file: ParsedFile | None = None
    events: tuple[ParsedEvent, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    unchanged: bool = False  # a file that is known as it is; nothing was read


@dataclass(frozen=True)
class ReadOptions:
    """What the person chose. `known_files` maps a path in hex to (size, mtime) of what is in the library already."""

    movielens_user: str = ""
    whole_catalogue: bool = False
    known_files: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class Importer(Protocol):
    """`recognises` looks at names and first lines only; `parse` streams rows and never raises for one bad row."""

    name: str
    label: str

    def recognises(self, source: Source) -> bool: ...

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]: ...


def read_date(text: str) -> datetime | None:
    """An ISO date or time, or seconds since 1970, as an aware time; None otherwise. A bare day means its noon."""
    word = text.strip()
    if not word:
        return None
    try:
        if word.lstrip("-").replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(word), UTC)
        found = datetime.fromisoformat(word.replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    if len(word) <= 10:
        found = found.replace(hour=12)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read_year(text: str | None) -> int | None:
    word = (text or "").strip()[:4]
    return int(word) if word.isdigit() and 1870 <= int(word) <= 2200 else None


def clean(text: str) -> str:
    """Text a database can hold: no NUL, no lone surrogates, no run of blanks."""
    return " ".join(text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").split())
