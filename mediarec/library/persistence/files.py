"""Stores owned files: new ones, moved ones (recognised by content hash), and ones that changed in place."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mediarec.library.importers.base import ParsedFile
from mediarec.library.models import ImportBatch, Item, MediaFile
from mediarec.library.scanning import show_path

CHANGING = (
    "item_id", "path", "size_bytes", "mtime_ns", "content_hash", "duration_seconds", "streams", "is_missing",
)  # fmt: skip


def store_files(pairs: Sequence[tuple[Item, ParsedFile]], batch: ImportBatch) -> dict[str, dict[str, Any] | None]:
    """Writes files; returns by path in hex None for a new file, or the previous values of a known file's row."""
    by_path = _find_by_path([parsed for _, parsed in pairs])
    by_content = _find_by_content([parsed for _, parsed in pairs])
    new_files: dict[str, MediaFile] = {}
    before: dict[str, dict[str, Any] | None] = {}
    for item, parsed in pairs:
        known = by_path.get(parsed.path_hex) or _find_moved(parsed, by_content)
        if known is None:
            new_files[parsed.path_hex] = MediaFile(
                path_raw=bytes.fromhex(parsed.path_hex), batch=batch, **_describe(item, parsed)
            )
            before[parsed.path_hex] = None
        else:
            before[parsed.path_hex] = snapshot_file(known)
            described = _describe(item, parsed)
            if known.is_placed_by_hand:  # a person assigned the item, which tags must not change
                del described["item_id"]
            MediaFile.objects.filter(pk=known.pk).update(path_raw=bytes.fromhex(parsed.path_hex), **described)
    MediaFile.objects.bulk_create(new_files.values())
    return before


def snapshot_file(known: MediaFile) -> dict[str, Any]:
    return {
        "pk": known.pk, "path_raw": bytes(known.path_raw).hex(), **{name: getattr(known, name) for name in CHANGING},
    }  # fmt: skip


def restore_file(before: dict[str, Any]) -> None:
    """Restores a file's row from `snapshot_file`; left as it is where the item no longer exists."""
    values = {name: before[name] for name in CHANGING}
    if Item.objects.filter(pk=values["item_id"]).exists():
        MediaFile.objects.filter(pk=before["pk"]).update(path_raw=bytes.fromhex(before["path_raw"]), **values)


def _describe(item: Item, parsed: ParsedFile) -> dict[str, Any]:
    return {
        "item_id": item.pk,
        "path": show_path(bytes.fromhex(parsed.path_hex)),
        "size_bytes": parsed.size_bytes,
        "mtime_ns": parsed.mtime_ns,
        "content_hash": parsed.content_hash,
        "duration_seconds": parsed.duration_seconds,
        "streams": list(parsed.streams),
        "is_missing": False,
    }


def _find_by_path(files: Iterable[ParsedFile]) -> dict[str, MediaFile]:
    paths = [bytes.fromhex(parsed.path_hex) for parsed in files]
    return {bytes(known.path_raw).hex(): known for known in MediaFile.objects.filter(path_raw__in=paths)}


def _find_by_content(files: Iterable[ParsedFile]) -> dict[tuple[str, int], list[MediaFile]]:
    files_by_content: dict[tuple[str, int], list[MediaFile]] = {}
    for known in MediaFile.objects.filter(content_hash__in={parsed.content_hash for parsed in files}):
        files_by_content.setdefault((known.content_hash, known.size_bytes), []).append(known)
    return files_by_content


def _find_moved(parsed: ParsedFile, by_content: dict[tuple[str, int], list[MediaFile]]) -> MediaFile | None:
    """A known file with the same content whose path no longer exists; each is used once."""
    candidates = by_content.get((parsed.content_hash, parsed.size_bytes), [])
    for known in candidates:
        if not Path(bytes(known.path_raw).decode("utf-8", "surrogateescape")).exists():
            candidates.remove(known)
            return known
    return None
