"""Writes a short clip with words on the screen: `python -m tests.cleanroom.clip FOLDER`. Needs PyAV and Pillow."""

from __future__ import annotations

import sys
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

NAME = "Harbour at Night (2019).mp4"
WORDS = ("COPPER", "LIGHTHOUSE")  # a line each: a recogniser may lose a space
SIZE = (640, 360)
RATE, SECONDS = 10, 4


def write_clip(folder: Path) -> Path:
    """Two plain seconds, then two with the words."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(RATE * SECONDS):
            picture = np.asarray(draw_picture(has_words=number >= RATE * SECONDS / 2))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def draw_picture(*, has_words: bool) -> Image.Image:
    picture = Image.new("RGB", SIZE, "navy" if has_words else "darkred")
    if has_words:
        for number, word in enumerate(WORDS):
            place = (60, 60 + 130 * number)
            ImageDraw.Draw(picture).text(place, word, fill="white", font=ImageFont.load_default(72))
    return picture


if __name__ == "__main__":
    sys.stdout.write(f"{write_clip(Path(sys.argv[1]))}\n")
