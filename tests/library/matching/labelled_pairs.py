"""The labelled pairs of tests/data as works: real titles and recordings, one half for tuning, one held out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path

from mediarec.library.importers.base import ParsedWork

DATA = Path(__file__).parents[2] / "data"
CATALOGUES = ("imdb", "tmdb", "mb", "isrc")


@dataclass(frozen=True)
class Pair:
    """Two descriptions, and whether they are of the same work."""

    line: str
    is_same: bool
    left: ParsedWork
    right: ParsedWork
    is_tuned: bool = field(default=False)  # in the half that thresholds may be tuned on


def load_pairs(name: str) -> list[Pair]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [_read_pair(line) for line in lines if line and not line.startswith("#")]


def _read_pair(line: str) -> Pair:
    head, left, right = line.split(" | ")
    verdict, _, kind = head.partition(" ")
    is_tuned = zlib.crc32(line.encode()) % 2 == 0
    return Pair(line, verdict == "=", _read_work(kind or "track", left), _read_work(kind or "track", right), is_tuned)


def _read_work(kind: str, text: str) -> ParsedWork:
    title, *facts = text.split(" ; ")
    year = next((int(fact) for fact in facts if fact.isdigit()), None)
    fields = dict(fact.split("=", 1) for fact in facts if "=" in fact)
    role = {"track": "artist", "series": "creator", "video": "channel"}.get(kind, "director")
    names = (
        fields.get("dir", "").split(", ") if "dir" in fields else fields["by"].split(" + ") if "by" in fields else []
    )
    parent_kind = {"track": "album", "episode": "series"}.get(kind, "")
    parent = fields.get("al") or fields.get("in")
    return ParsedWork(
        kind,
        title.strip(),
        year,
        fields.get("orig", ""),
        people={role: tuple(names)} if names else {},
        runtime_seconds=int(fields["sec"]) if "sec" in fields else 60 * int(fields["min"]) if "min" in fields else None,
        ids={name: fields[name] for name in CATALOGUES if name in fields},
        parent=ParsedWork(parent_kind, parent) if parent else None,
        season=int(fields["s"]) if "s" in fields else None,
        number=int(fields["n"]) if "n" in fields else None,
    )
