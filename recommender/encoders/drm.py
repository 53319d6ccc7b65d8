"""Detects DRM-encrypted media, so that they are reported as such rather than as damaged files or decoded noise."""

from __future__ import annotations

from pathlib import Path

from mediarec.library.errors import NotUnderstoodError


def refuse_encrypted(path: Path) -> None:
    """Raises NotUnderstoodError where the first packet is encrypted. A file that cannot be opened passes: its reader
    reports that.
    """
    import av

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            first = next(container.demux(), None)
            is_locked = first is not None and first.has_sidedata("encryption_info")
    except (av.FFmpegError, ValueError):
        return  # reported where the file is decoded
    if is_locked:
        raise NotUnderstoodError(f"{path} is encrypted, so nothing of it can be read.")
