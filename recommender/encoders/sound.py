"""Sound from a file as numbers: a bounded stretch from its middle, mono. Knows no descriptors and no tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.encoders.encryption import refuse_encrypted

SAMPLE_RATE = 22_050
LONGEST_SECONDS = 90.0  # a two-hour file costs what a two-minute one does
SHORTEST_SECONDS = 1.0
LONGEST_SKIP_SECONDS = 120.0  # a file without an index may start far before the place asked for


def read_middle(path: Path, seconds: float = LONGEST_SECONDS, rate: int = SAMPLE_RATE) -> NDArray[np.float32]:
    """(n,), -1..1, at `rate`, at most `seconds` from the middle. Raises a MediarecError that names the file."""
    return _read(path, seconds, rate, from_middle=True)


def read_start(path: Path, seconds: float) -> NDArray[np.float32]:
    """The same from the beginning: two copies of one recording begin alike, and may end differently."""
    return _read(path, seconds, SAMPLE_RATE, from_middle=False)


def _read(path: Path, seconds: float, rate: int, *, from_middle: bool) -> NDArray[np.float32]:
    import av

    if not path.is_file():
        raise NotFoundError(f"{path} is not there any more.")
    refuse_encrypted(path)
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise NotUnderstoodError(f"{path} has no sound in it.")
            start = _seek_middle(container, seconds) if from_middle else 0.0
            samples = _collect(container, start, seconds, rate)
    except av.FFmpegError as error:
        raise NotUnderstoodError(f"The sound of {path} cannot be read: {error.strerror}.") from error
    if len(samples) < SHORTEST_SECONDS * rate:
        raise NotUnderstoodError(f"{path} holds less than a second of sound.")
    return samples


def _seek_middle(container: Any, seconds: float) -> float:
    """Where to begin, in seconds; 0 where the length is unknown or the file cannot be entered midway."""
    import av

    stream = container.streams.audio[0]
    length = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    length = length or (container.duration or 0) / av.time_base
    start = max(0.0, (length - seconds) / 2)
    if start <= 0:
        return 0.0
    try:
        container.seek(int(start * av.time_base))
    except av.FFmpegError:
        return 0.0
    return start


def _collect(container: Any, start: float, seconds: float, rate: int) -> NDArray[np.float32]:
    """Decodes no further than it must; what was read before a broken place counts."""
    import av

    wanted = int(seconds * rate)
    parts: list[NDArray[np.float32]] = []
    count = 0
    try:
        for part in _decode(container, start, rate):
            parts.append(part[: wanted - count])
            count += len(parts[-1])
            if count >= wanted:
                break
    except av.FFmpegError:
        if not parts:
            raise
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


def _decode(container: Any, start: float, rate: int) -> Iterator[NDArray[np.float32]]:
    import av

    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
    skipped = 0.0
    for frame in container.decode(audio=0):
        early = frame.time is not None and frame.time < start
        if early and skipped < LONGEST_SKIP_SECONDS:
            skipped += frame.samples / max(frame.sample_rate, 1)
            continue
        for resampled in resampler.resample(frame):
            yield np.asarray(resampled.to_ndarray()[0], dtype=np.float32)
