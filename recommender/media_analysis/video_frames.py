"""Moving pictures: frames of different shots, how much moves, how often it cuts, how bright and of which colours.

A film of three hours costs what a film of ten minutes does: short windows spread over it are decoded, no more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.encoders.decode_recovery import decode_skipping_errors, read_start_time
from recommender.encoders.drm import refuse_encrypted

WINDOWS = 12
WINDOW_SECONDS = 6.0
WHOLE_SECONDS = 90.0  # shorter clips are looked at from end to end
LOOKS_PER_SECOND = 4.0
MOST_DECODED = 900  # frames of one window: a broken index may lead far from where it should
MOST_DECODED_WHOLE = 11_000  # frames of a short clip, at 120 a second
MOST_LOOKS = 500
MOST_FRAMES = 12
KEPT_SIDE = 384
THUMB = (48, 27)
CUT_DIFFERENCE = 0.45  # of two histograms, 0..1; chosen by judgement, not yet measured on real films
PALETTE = 4
ATTACHED = 1024  # FFmpeg's mark of a cover inside a music file


@dataclass(frozen=True)
class Frame:
    """One moment, small."""

    seconds: float
    image: Image.Image


@dataclass(frozen=True)
class VideoMeasures:
    """`motion` and `brightness` are 0..1, `palette` the main colours as #rrggbb."""

    cuts_per_minute: float
    motion: float
    brightness: float
    palette: tuple[str, ...]
    seconds_watched: float
    duration_seconds: float | None
    damage: str = ""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "palette": list(self.palette)}


@dataclass(frozen=True)
class VideoFeatures:
    """At most a dozen frames, as different from one another as there are, in the order of time."""

    frames: tuple[Frame, ...]
    measures: VideoMeasures


@dataclass
class _Look:
    seconds: float
    thumb: NDArray[np.float32]  # (27, 48, 3), 0..1
    histogram: NDArray[np.float32]  # (64,), sums to 1
    image: Image.Image
    window: int


@dataclass
class _Session:
    looks: list[_Look] = field(default_factory=list)
    damages: list[str] = field(default_factory=list)
    beginning: float = 0.0  # the file's own time of its first frame


def analyse_video(path: Path) -> VideoFeatures:
    """Raises a MediarecError that names the file; a damaged stream gives what could be read of it."""
    import av

    if not path.is_file():
        raise NotFoundError(f"{path} is not there any more.")
    refuse_encrypted(path)
    session = _Session()
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            stream = _find_stream(container, path)
            duration = _read_duration(container, stream)
            session.beginning = read_start_time(container)
            for number, start in enumerate(_list_starts(duration)):
                _look_through(container, stream, start, number, session)
    except av.FFmpegError as error:
        session.damages.append(str(error.strerror))
    if not session.looks:
        reason = session.damages[0] if session.damages else "it holds no frame"
        raise NotUnderstoodError(f"The picture of {path} cannot be read: {reason}.")
    return VideoFeatures(_choose_frames(session.looks), _measure(session, duration))


def _find_stream(container: Any, path: Path) -> Any:
    for stream in container.streams.video:
        if not int(getattr(stream.disposition, "value", stream.disposition) or 0) & ATTACHED:
            stream.thread_type = "AUTO"
            return stream
    raise NotUnderstoodError(f"{path} has no moving picture in it.")


def _read_duration(container: Any, stream: Any) -> float | None:
    import av

    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _list_starts(duration: float | None) -> list[float]:
    if duration is None or duration <= WHOLE_SECONDS:
        return [0.0]
    step = (duration - WINDOW_SECONDS) / WINDOWS
    return [step * (number + 0.5) for number in range(WINDOWS)]


def _look_through(container: Any, stream: Any, start: float, number: int, session: _Session) -> None:
    """One window; what breaks in it leaves the other windows as they are."""
    import av

    length, most = (WINDOW_SECONDS, MOST_DECODED) if start else (WHOLE_SECONDS, MOST_DECODED_WHOLE)
    try:
        if start:
            container.seek(int((session.beginning + start) * av.time_base))
        last = -1.0
        for seconds, frame in itertools.islice(_decode(container, stream, start, session), most):
            if seconds > start + length or len(session.looks) >= MOST_LOOKS:
                break
            if seconds >= start - 0.01 and seconds - last >= 1 / LOOKS_PER_SECOND - 0.01:
                session.looks.append(_take(frame, seconds, number))
                last = seconds
    except (av.FFmpegError, ValueError, MemoryError) as error:
        session.damages.append(str(getattr(error, "strerror", "") or error))


def _decode(container: Any, stream: Any, start: float, session: _Session) -> Iterator[tuple[float, Any]]:
    """Times come from the frames themselves, so a variable rate is no matter; a frame without one follows its like."""
    rate = float(stream.average_rate or 25)
    for count, frame in enumerate(decode_skipping_errors(container, stream, session.damages.append)):
        yield (start + count / rate if frame.time is None else float(frame.time) - session.beginning), frame


def _take(frame: Any, seconds: float, window: int) -> _Look:
    scale = min(1.0, KEPT_SIDE / max(frame.width, frame.height, 1))
    size = (max(2, int(frame.width * scale) // 2 * 2), max(2, int(frame.height * scale) // 2 * 2))
    image = Image.fromarray(frame.reformat(*size, format="rgb24").to_ndarray())
    thumb: NDArray[np.float32] = np.asarray(image.resize(THUMB), dtype=np.float32) / np.float32(255)
    levels = np.minimum((thumb * 4).astype(np.int64), 3)
    codes = levels[:, :, 0] * 16 + levels[:, :, 1] * 4 + levels[:, :, 2]
    histogram = np.bincount(codes.ravel(), minlength=64).astype(np.float32) / codes.size
    return _Look(seconds, thumb, histogram, image, window)


def _is_cut(before: _Look, after: _Look) -> bool:
    return _differ(before.histogram, after.histogram) > CUT_DIFFERENCE


def _differ(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return float(np.abs(first - second).sum() / 2)


def _choose_frames(looks: Sequence[_Look]) -> tuple[Frame, ...]:
    """The middle of every shot; of too many, the one farthest from all that are chosen already, again and again."""
    shots: list[list[_Look]] = []
    for look in looks:
        if shots and shots[-1][-1].window == look.window and not _is_cut(shots[-1][-1], look):
            shots[-1].append(look)
        else:
            shots.append([look])
    middles = [shot[len(shot) // 2] for shot in shots]
    chosen = [max(range(len(middles)), key=lambda place: len(shots[place]))]
    while len(chosen) < min(MOST_FRAMES, len(middles)):
        gaps = [
            min(_differ(middles[place].histogram, middles[taken].histogram) for taken in chosen)
            if place not in chosen
            else -1.0
            for place in range(len(middles))
        ]
        chosen.append(int(np.argmax(gaps)))
    return tuple(Frame(middles[place].seconds, middles[place].image) for place in sorted(chosen))


def _measure(session: _Session, duration: float | None) -> VideoMeasures:
    looks = session.looks
    pairs = [(a, b) for a, b in itertools.pairwise(looks) if a.window == b.window]
    seconds = sum(b.seconds - a.seconds for a, b in pairs)
    cuts = sum(_is_cut(a, b) for a, b in pairs)
    moving = [float(np.abs(a.thumb - b.thumb).mean()) for a, b in pairs if not _is_cut(a, b)]
    light = [float((look.thumb @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)).mean()) for look in looks]
    return VideoMeasures(
        cuts_per_minute=round(60 * cuts / seconds, 2) if seconds else 0.0,
        motion=round(float(np.mean(moving)), 4) if moving else 0.0,
        brightness=round(float(np.mean(light)), 4),
        palette=_find_palette(looks),
        seconds_watched=round(seconds, 2),
        duration_seconds=None if duration is None else round(duration, 2),
        damage="; ".join(dict.fromkeys(session.damages))[:200],
    )


def _find_palette(looks: Sequence[_Look]) -> tuple[str, ...]:
    """The colours that cover most, from a strip of all thumbs."""
    step = max(1, len(looks) // 40)
    strip = np.concatenate([look.thumb for look in looks[::step]], axis=0)
    reduced = Image.fromarray((strip * 255).astype(np.uint8)).quantize(PALETTE * 2)
    colours = reduced.getpalette() or []
    covered = reduced.histogram()
    order = sorted((index for index, count in enumerate(covered) if count), key=lambda index: -covered[index])
    return tuple("#" + bytes(colours[3 * index : 3 * index + 3]).hex() for index in order[:PALETTE])
