"""A playlist as M3U8: UTF-8, one path a line, with what is not owned named in comments."""

import os
from dataclasses import dataclass

from mediarec.library.models import Credit, Item, Kind, MediaFile, Role
from recommender.models import Playlist

CONTAINER_KINDS = (Kind.ALBUM, Kind.SERIES)


@dataclass(frozen=True)
class ExportLine:
    label: str
    seconds: int
    path: str | None


def export_m3u8(playlist: Playlist) -> str:
    """Albums and series stand for their tracks and episodes. Items without a file become comments, never lost."""
    lines = ["#EXTM3U", f"#PLAYLIST:{_one_line(playlist.name)}"]
    for line in _list_lines(playlist):
        if line.path is None:
            lines.append(f"# no playable file: {line.label}")
            continue
        lines.append(f"#EXTINF:{line.seconds},{line.label}")
        lines.append(line.path)
    return "\n".join(lines) + "\n"


def _list_lines(playlist: Playlist) -> list[ExportLine]:
    items = [entry.item for entry in playlist.entries.select_related("item").order_by("position")]
    parts: list[Item] = []
    for item in items:
        parts.extend(_list_parts(item) if item.kind in CONTAINER_KINDS else [item])
    ids = [item.pk for item in parts]
    files = {file.item_id: file for file in MediaFile.objects.filter(item_id__in=ids, is_missing=False).order_by("-pk")}
    artists = dict(
        Credit.objects.filter(item_id__in=ids, role=Role.ARTIST)
        .order_by("item_id", "-position")
        .values_list("item_id", "contributor__name")
    )
    return [_build_line(item, files.get(item.pk), artists.get(item.pk, "")) for item in parts]


def _list_parts(item: Item) -> list[Item]:
    return list(item.children.order_by("season", "number", "pk")) or [item]


def _build_line(item: Item, file: MediaFile | None, artist: str) -> ExportLine:
    label = _one_line(f"{artist} - {item.title}" if artist else str(item))
    seconds = round(file.duration_seconds or item.runtime_seconds or -1) if file else -1
    return ExportLine(label=label, seconds=seconds, path=_readable_path(file) if file else None)


def _readable_path(file: MediaFile) -> str | None:
    """The path, or None where its bytes are not UTF-8 or break lines: a player could not open what is written."""
    try:
        path = os.fsencode(bytes(file.path_raw)).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return path if "\n" not in path and "\r" not in path else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
