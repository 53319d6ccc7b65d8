"""The labelled pairs of tests/data as works: real titles and recordings, half to tune by, half to measure by."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path

from mediarec.library.importers.base import ParsedWork

DATA = Path(__file__).parents[1] / "data"
CATALOGUES = ("imdb", "tmdb", "mb", "isrc")


@dataclass(frozen=True)
class Pair:
    """Two descriptions, and whether they are of one work."""

    line: str
    is_same: bool
    left: ParsedWork
    right: ParsedWork
    is_tuned: bool = field(default=False)  # the half that numbers may be chosen by


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
    said = dict(fact.split("=", 1) for fact in facts if "=" in fact)
    role = {"track": "artist", "series": "creator", "video": "channel"}.get(kind, "director")
    names = said.get("dir", "").split(", ") if "dir" in said else said["by"].split(" + ") if "by" in said else []
    above = {"track": "album", "episode": "series"}.get(kind, "")
    parent = said.get("al") or said.get("in")
    return ParsedWork(
        kind,
        title.strip(),
        year,
        said.get("orig", ""),
        people={role: tuple(names)} if names else {},
        runtime_seconds=int(said["sec"]) if "sec" in said else 60 * int(said["min"]) if "min" in said else None,
        ids={name: said[name] for name in CATALOGUES if name in said},
        parent=ParsedWork(above, parent) if parent else None,
        season=int(said["s"]) if "s" in said else None,
        number=int(said["n"]) if "n" in said else None,
    )
