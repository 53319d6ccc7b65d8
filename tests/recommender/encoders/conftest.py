"""Pictures and sounds generated for tests: deterministic and free of copyright."""

from __future__ import annotations

import math
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

RATE = 16_000


def draw_picture(colour: str, shape: str) -> Image.Image:
    picture = Image.new("RGB", (160, 240), colour)
    pen = ImageDraw.Draw(picture)
    if shape == "circle":
        pen.ellipse((30, 70, 130, 170), fill="white")
    else:
        for top in range(0, 240, 24):
            pen.rectangle((0, top, 160, top + 10), fill="black")
    return picture


def add_noise(picture: Image.Image, seed: int) -> Image.Image:
    pixels = np.asarray(picture, dtype=np.float32)
    noise = np.random.default_rng(seed).normal(0, 6, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def play(path: Path, seconds: float, pitch_hz: float, beats_per_minute: float) -> Path:
    """Three harmonics with a new onset on every beat, as a 16-bit mono WAV."""
    times = np.arange(int(seconds * RATE)) / RATE
    beat = times % (60 / beats_per_minute)
    tone = sum(np.sin(2 * math.pi * pitch_hz * overtone * times) / overtone for overtone in (1, 2, 3))
    samples = (tone * np.exp(-4 * beat) * 0.4 * 32767 / 1.9).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture
def pictures() -> list[Image.Image]:
    return [draw_picture("navy", "circle"), draw_picture("gold", "stripes"), draw_picture("darkred", "circle")]


@pytest.fixture
def sounds(tmp_path: Path) -> list[Path]:
    return [
        play(tmp_path / "slow low.wav", 6, 110, 60),
        play(tmp_path / "quick high.wav", 6, 880, 150),
        play(tmp_path / "middling.wav", 6, 330, 100),
    ]


@pytest.fixture
def player(tmp_path: Path) -> Callable[[str, float, float, float], Path]:
    return lambda name, seconds, pitch, beats: play(tmp_path / name, seconds, pitch, beats)
