"""Tiny real media files, made with PyAV, and damaged ones, made with care."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import mutagen
import numpy as np
from PIL import Image

CODECS = {".mp3": "mp3", ".flac": "flac", ".ogg": "vorbis", ".opus": "libopus", ".m4a": "aac"}


def make_audio(path: Path, tags: Mapping[str, str] | None = None, seconds: float = 1.0, hertz: float = 440.0) -> Path:
    """A sine tone in the codec of the ending, with tags written by mutagen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rate = 48_000
    with av.open(str(path), "w") as container:
        # FFmpeg's own Vorbis encoder is called experimental; PyAV's wheels carry no other.
        stream = cast(
            "av.AudioStream",
            container.add_stream(CODECS[path.suffix], rate=rate, layout="stereo", options={"strict": "-2"}),
        )
        tone = np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate).astype(np.float32) * 0.5
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=rate)
        frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]), format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            fifo.write(part)
        size = stream.codec_context.frame_size or 4096
        while (chunk := fifo.read(size, partial=True)) is not None:
            container.mux(stream.encode(chunk))
        container.mux(stream.encode(None))
    opened = mutagen.File(path, easy=True)
    for name, value in (tags or {}).items():
        opened[name] = value
    opened.save()
    return path


def make_video(path: Path, seconds: float = 1.0) -> Path:
    """Moving colours in the container of the ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(int(10 * seconds)):
            pixels = np.full((48, 64, 3), (number * 20 % 255, 80, 160), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def make_picture(path: Path, size: tuple[int, int] = (300, 450), colour: str = "teal") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def make_zip(path: Path, members: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def make_letterboxd(path: Path) -> Path:
    """The shape of a real export: one film in diary, ratings and watched; one only watched; one to see; one liked."""
    head = "Date,Name,Year,Letterboxd URI"
    return make_zip(
        path,
        {
            "diary.csv": (
                f"{head},Rating,Rewatch,Tags,Watched Date\n"
                '2024-02-02,Solaris,1972,https://boxd.it/1,4.5,,"space, slow",2024-02-01\n'
                "2024-05-02,Solaris,1972,https://boxd.it/2,5,Yes,,2024-05-01\n"
            ),
            "ratings.csv": f"{head},Rating\n2024-05-02,Solaris,1972,https://boxd.it/3,5\n2024-06-01,Stalker,1979,x,9\n",
            "watched.csv": f"{head}\n2024-02-02,Solaris,1972,u\n2024-01-01,Mirror,1975,u\n",
            "watchlist.csv": f"{head}\n2024-03-03,Ikiru,1952,u\n",
            "likes/films.csv": f"{head}\n2024-05-03,Solaris,1972,u\nnot a date,Mirror,1975,u\n",
            "deleted/diary.csv": f"{head},Rating,Rewatch,Tags,Watched Date\n2020-01-01,Gone,2000,u,1,,,2020-01-01\n",
        },
    )


def picture_bytes(size: tuple[int, int] = (50, 50)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, "PNG")
    return buffer.getvalue()
