"""Media that were bought locked: said as such, rather than as a broken file or as the noise they decode to."""

from __future__ import annotations

from pathlib import Path

from mediarec.library.errors import NotUnderstoodError


def refuse_encrypted(path: Path) -> None:
    """Raises NotUnderstoodError where the first packet of any stream is encrypted; what cannot be opened passes."""
    import av

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            first = next(container.demux(), None)
            is_locked = first is not None and first.has_sidedata("encryption_info")
    except (av.FFmpegError, ValueError):
        return  # told by who reads it
    if is_locked:
        raise NotUnderstoodError(f"{path} is encrypted, so nothing of it can be read.")
