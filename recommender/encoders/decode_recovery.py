"""Frames of a stream that is broken in places: what lies between the broken places counts. Knows no medium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

MOST_BROKEN = 2000  # packets, one after the other: half a minute to a minute of nothing is the end


def decode_around(container: Any, stream: Any, note: Callable[[str], None]) -> Iterator[Any]:
    """A packet that cannot be decoded costs itself, not those after it; `note` is told why each could not."""
    import av

    broken = 0
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                note(str(error.strerror))
                broken += 1
                if broken >= MOST_BROKEN:
                    return
                continue
            broken = 0 if frames else broken
            yield from frames
    except av.FFmpegError as error:  # the container itself is broken from here on
        note(str(error.strerror))


def find_beginning(container: Any) -> float:
    """The time of the first frame in seconds: recordings of broadcasts begin hours after zero."""
    import av

    return float(container.start_time or 0) / float(av.time_base)
