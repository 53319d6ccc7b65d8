"""Sound from a file as numbers: a bounded stretch from its middle, mono. Knows no descriptors and no tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.encoders.decode_recovery import decode_around, find_beginning
from recommender.encoders.drm import refuse_encrypted

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
    damages: list[str] = []
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise NotUnderstoodError(f"{path} has no sound in it.")
            start = _seek_middle(container, seconds) if from_middle else 0.0
            samples = _collect(_decode(container, start, rate, damages.append), int(seconds * rate))
    except av.FFmpegError as error:
        raise NotUnderstoodError(f"The sound of {path} cannot be read: {error.strerror}.") from error
    if damages and not samples.size:
        raise NotUnderstoodError(f"The sound of {path} cannot be read: {damages[0]}.")
    if len(samples) < SHORTEST_SECONDS * rate:
        raise NotUnderstoodError(f"{path} holds less than a second of sound.")
    return samples


def _seek_middle(container: Any, seconds: float) -> float:
    """Where to begin, in the file's own time; 0 where the length is unknown or the file cannot be entered midway."""
    import av

    stream = container.streams.audio[0]
    length = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    length = length or (container.duration or 0) / av.time_base
    if length <= seconds:
        return 0.0
    start = find_beginning(container) + (length - seconds) / 2
    try:
        container.seek(int(start * av.time_base))
    except av.FFmpegError:
        return 0.0
    return start


def _collect(found: Iterator[NDArray[np.float32]], wanted: int) -> NDArray[np.float32]:
    """Decodes no further than it must. Numbers that are none, or louder than can be, become what can be heard."""
    parts: list[NDArray[np.float32]] = []
    count = 0
    for part in found:
        parts.append(part[: wanted - count])
        count += len(parts[-1])
        if count >= wanted:
            break
    samples = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
    return np.clip(np.nan_to_num(samples, copy=False, nan=0.0), -1.0, 1.0)


def _decode(container: Any, start: float, rate: int, note: Callable[[str], None]) -> Iterator[NDArray[np.float32]]:
    """A file that was joined out of several may change its rate or channels midway."""
    import av

    skipped, heard = 0.0, None
    for frame in decode_around(container, container.streams.audio[0], note):
        early = frame.time is not None and frame.time < start
        if early and skipped < LONGEST_SKIP_SECONDS:
            skipped += frame.samples / max(frame.sample_rate, 1)
            continue
        if heard != (given := (frame.format.name, frame.layout.name, frame.sample_rate)):
            heard, resampler = given, av.AudioResampler(format="flt", layout="mono", rate=rate)
        try:
            resampled = resampler.resample(frame)
        except av.FFmpegError as error:
            note(str(error.strerror))
            return
        for part in resampled:
            yield np.asarray(part.to_ndarray()[0], dtype=np.float32)
