"""Decodes a bounded stretch of an audio file to mono float samples. Knows no descriptors and no tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.encoders.decode_recovery import decode_skipping_errors, read_start_time
from recommender.encoders.drm import refuse_encrypted

SAMPLE_RATE = 22_050
LONGEST_SECONDS = 90.0  # a two-hour file costs what a two-minute one does
SHORTEST_SECONDS = 1.0
LONGEST_SKIP_SECONDS = 120.0  # a file without an index may start decoding far before the requested time


def read_middle(path: Path, seconds: float = LONGEST_SECONDS, rate: int = SAMPLE_RATE) -> NDArray[np.float32]:
    """At most `seconds` from the middle of the file: (n,) float32 in -1..1 at `rate` Hz, mono.

    Raises a MediarecError that names the file.
    """
    return _read(path, seconds, rate, from_middle=True)


def read_start(path: Path, seconds: float) -> NDArray[np.float32]:
    """Like `read_middle` but from the start, at SAMPLE_RATE: copies of one recording start alike but may end
    differently.
    """
    return _read(path, seconds, SAMPLE_RATE, from_middle=False)


def _read(path: Path, seconds: float, rate: int, *, from_middle: bool) -> NDArray[np.float32]:
    import av

    if not path.is_file():
        raise NotFoundError(f"{path} is not there any more.")
    refuse_encrypted(path)
    decode_errors: list[str] = []
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise NotUnderstoodError(f"{path} has no sound in it.")
            start = _seek_middle(container, seconds) if from_middle else 0.0
            samples = _collect(_decode(container, start, rate, decode_errors.append), int(seconds * rate))
    except av.FFmpegError as error:
        raise NotUnderstoodError(f"The sound of {path} cannot be read: {error.strerror}.") from error
    if decode_errors and not samples.size:
        raise NotUnderstoodError(f"The sound of {path} cannot be read: {decode_errors[0]}.")
    if len(samples) < SHORTEST_SECONDS * rate:
        raise NotUnderstoodError(f"{path} holds less than a second of sound.")
    return samples


def _seek_middle(container: Any, seconds: float) -> float:
    """Seeks to the middle and returns the start time in the container's clock; 0 where the duration is unknown or the
    file is not seekable.
    """
    import av

    stream = container.streams.audio[0]
    length = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    length = length or (container.duration or 0) / av.time_base
    if length <= seconds:
        return 0.0
    start = read_start_time(container) + (length - seconds) / 2
    try:
        container.seek(int(start * av.time_base))
    except av.FFmpegError:
        return 0.0
    return start


def _collect(chunks: Iterator[NDArray[np.float32]], sample_count: int) -> NDArray[np.float32]:
    """Concatenates chunks until `sample_count` is reached and decodes no further. NaN becomes 0; samples are clipped to
    -1..1.
    """
    kept: list[NDArray[np.float32]] = []
    collected = 0
    for chunk in chunks:
        kept.append(chunk[: sample_count - collected])
        collected += len(kept[-1])
        if collected >= sample_count:
            break
    samples = np.concatenate(kept) if kept else np.zeros(0, dtype=np.float32)
    return np.clip(np.nan_to_num(samples, copy=False, nan=0.0), -1.0, 1.0)


def _decode(container: Any, start: float, rate: int, on_error: Callable[[str], None]) -> Iterator[NDArray[np.float32]]:
    """Yields mono chunks at `rate`. The resampler is rebuilt when the input format changes: concatenated files may
    change sample rate or channel layout midway.
    """
    import av

    skipped, current_format = 0.0, None
    for frame in decode_skipping_errors(container, container.streams.audio[0], on_error):
        is_early = frame.time is not None and frame.time < start
        if is_early and skipped < LONGEST_SKIP_SECONDS:
            skipped += frame.samples / max(frame.sample_rate, 1)
            continue
        if current_format != (frame_format := (frame.format.name, frame.layout.name, frame.sample_rate)):
            current_format, resampler = frame_format, av.AudioResampler(format="flt", layout="mono", rate=rate)
        try:
            resampled = resampler.resample(frame)
        except av.FFmpegError as error:
            on_error(str(error.strerror))
            return
        for chunk in resampled:
            yield np.asarray(chunk.to_ndarray()[0], dtype=np.float32)
