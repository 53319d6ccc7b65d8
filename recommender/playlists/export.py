"""Playlist export: M3U8 for players on this machine; XSPF, JSPF and CSV for elsewhere, with items not owned too."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree import ElementTree

from mediarec.library.models import Credit, Item, Kind, MediaFile, Role
from mediarec.library.person_archive.writer import write_cell
from recommender.models import Playlist

CONTAINER_KINDS = (Kind.ALBUM, Kind.SERIES)
MAKERS = (
    Role.ARTIST,
    Role.DIRECTOR,
    Role.CREATOR,
    Role.CHANNEL,
    Role.COMPOSER,
)  # the first role with a credit is exported
XSPF = "http://xspf.org/ns/0/"
COLUMNS = ("title", "maker", "album_or_series", "year", "kind", "seconds", "path")


@dataclass(frozen=True)
class ExportLine:
    """One playable item. `path` is None if it has no file here."""

    title: str
    kind: str
    maker: str = ""
    collection: str = ""
    year: int | None = None
    seconds: int | None = None
    path: str | None = None

    @property
    def label(self) -> str:
        year = f" ({self.year})" if self.year and not self.maker else ""
        return _one_line(f"{self.maker} - {self.title}" if self.maker else f"{self.title}{year}")


@dataclass(frozen=True)
class ExportFormat:
    """A file format; `about` names its readers, for the page."""

    about: str
    content_type: str
    write: Callable[[Playlist], str]


def export_m3u8(playlist: Playlist) -> str:
    """M3U8. Albums and series are expanded; items without a file become comments."""
    lines = ["#EXTM3U", f"#PLAYLIST:{_one_line(playlist.name)}"]
    for line in list_lines(playlist):
        if line.path is None:
            lines.append(f"# no playable file: {line.label}")
            continue
        lines.append(f"#EXTINF:{line.seconds or -1},{line.label}")
        lines.append(line.path)
    return "\n".join(lines) + "\n"


def export_xspf(playlist: Playlist) -> str:
    """XSPF version 1 (xspf.org): titles and makers, and the file's path as location."""
    root = ElementTree.Element("playlist", {"version": "1", "xmlns": XSPF})
    ElementTree.SubElement(root, "title").text = _plain(playlist.name)
    tracks = ElementTree.SubElement(root, "trackList")
    for line in list_lines(playlist):
        track = ElementTree.SubElement(tracks, "track")
        for name, value in _describe(line).items():
            ElementTree.SubElement(track, name).text = str(value)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def export_jspf(playlist: Playlist) -> str:
    """JSPF, the JSON form of XSPF, as read by ListenBrainz and others."""
    tracks = [_describe(line) for line in list_lines(playlist)]
    for track in tracks:
        if "location" in track:
            track["location"] = [track["location"]]
    return json.dumps({"playlist": {"title": playlist.name, "track": tracks}}, ensure_ascii=False, indent=2) + "\n"


def export_csv(playlist: Playlist) -> str:
    """One row per item, for spreadsheets; cells are escaped so that none is run as a formula."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for line in list_lines(playlist):
        values = (line.title, line.maker, line.collection, line.year, line.kind, line.seconds, line.path)
        table.writerow([write_cell(value) for value in values])
    return text.getvalue()


EXPORT_FORMATS = {
    "m3u8": ExportFormat("players on this machine", "application/vnd.apple.mpegurl; charset=utf-8", export_m3u8),
    "xspf": ExportFormat(
        "players and services that match by names", "application/xspf+xml; charset=utf-8", export_xspf
    ),
    "jspf": ExportFormat("ListenBrainz and the like", "application/json; charset=utf-8", export_jspf),
    "csv": ExportFormat("spreadsheets", "text/csv; charset=utf-8", export_csv),
}


def list_lines(playlist: Playlist) -> list[ExportLine]:
    """The playlist's items in order, with albums and series expanded to their tracks and episodes."""
    items = [entry.item for entry in playlist.entries.select_related("item__parent").order_by("position")]
    parts: list[Item] = []
    for item in items:
        parts.extend(_list_parts(item) if item.kind in CONTAINER_KINDS else [item])
    ids = [item.pk for item in parts]
    files = {file.item_id: file for file in MediaFile.objects.filter(item_id__in=ids, is_missing=False).order_by("-pk")}
    makers = _read_makers(ids)
    return [_build_line(item, files.get(item.pk), makers.get(item.pk, "")) for item in parts]


def _list_parts(item: Item) -> list[Item]:
    return list(item.children.select_related("parent").order_by("season", "number", "pk")) or [item]


def _read_makers(ids: list[int]) -> dict[int, str]:
    credits = Credit.objects.filter(item_id__in=ids, role__in=MAKERS).order_by("position", "pk")
    best: dict[int, tuple[int, str]] = {}
    for item_id, role, name in credits.values_list("item_id", "role", "contributor__name"):
        rank = MAKERS.index(Role(role))
        if item_id not in best or rank < best[item_id][0]:
            best[item_id] = (rank, name)
    return {item_id: name for item_id, (_, name) in best.items()}


def _build_line(item: Item, file: MediaFile | None, maker: str) -> ExportLine:
    seconds = (file.duration_seconds if file else None) or item.runtime_seconds
    return ExportLine(
        title=item.title,
        kind=item.kind,
        maker=maker if item.kind not in (Kind.FILM, Kind.SERIES, Kind.EPISODE) else "",
        collection=item.parent.title if item.parent else "",
        year=item.year,
        seconds=round(seconds) if seconds else None,
        path=_readable_path(file) if file else None,
    )


def _describe(line: ExportLine) -> dict[str, object]:
    """XSPF elements of a line, without empty ones; durations in milliseconds."""
    elements: dict[str, object] = {
        "location": PurePosixPath(line.path).as_uri() if line.path and line.path.startswith("/") else "",
        "title": _plain(line.title),
        "creator": _plain(line.maker),
        "album": _plain(line.collection),
        "duration": line.seconds * 1000 if line.seconds else "",
    }
    return {name: value for name, value in elements.items() if value != ""}


def _readable_path(file: MediaFile) -> str | None:
    """The path, or None if it is not UTF-8 or has line breaks, which a playlist file cannot express."""
    try:
        path = os.fsencode(bytes(file.path_raw)).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return path if "\n" not in path and "\r" not in path else None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str) -> str:
    """Removes characters that XML does not allow."""
    return "".join(letter for letter in text if letter in "\t\n\r" or ord(letter) >= ord(" "))
