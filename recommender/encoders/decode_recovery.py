"""Decodes damaged streams: bad packets are skipped and the intact frames between them are used. Knows no medium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

MAX_BROKEN_PACKETS = 2000  # consecutive packets; after 30 to 60 seconds of damage, decoding ends


def decode_skipping_errors(container: Any, stream: Any, note: Callable[[str], None]) -> Iterator[Any]:
    """Yields the decodable frames of `stream`; calls `note` with the reason for each packet it has to skip."""
    import av

    broken = 0
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                note(str(error.strerror))
                broken += 1
                if broken >= MAX_BROKEN_PACKETS:
                    return
                continue
            broken = 0 if frames else broken
            yield from frames
    except av.FFmpegError as error:  # the container itself is broken from here on
        note(str(error.strerror))


def read_start_time(container: Any) -> float:
    """Start time of the container in seconds: recorded broadcasts start hours after zero."""
    import av

    return float(container.start_time or 0) / float(av.time_base)
