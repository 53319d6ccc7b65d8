"""Damaged, concatenated or NaN-bearing audio is decoded as far as possible."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mediarec.library.errors import NotUnderstoodError
from recommender.encoders.audio_decoding import SAMPLE_RATE, read_middle
from recommender.media_analysis.audio_fingerprint import analyse_audio
from tests.media import make_audio

RATE = 44_100


def write_floats(path: Path, samples: list[float]) -> Path:
    data = struct.pack(f"<{len(samples)}f", *samples)
    head = struct.pack("<IHHIIHH", 16, 3, 1, RATE, RATE * 4, 4, 32)
    path.write_bytes(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + head)
    with path.open("ab") as file:
        file.write(b"data" + struct.pack("<I", len(data)) + data)
    return path


def write_aac(path: Path, layout: str, seconds: int) -> Path:
    with av.open(str(path), "w", format="adts") as container:
        stream = container.add_stream("aac", rate=RATE, layout=layout)
        channels = 1 if layout == "mono" else 2
        tone = np.sin(2 * np.pi * 440 * np.arange(1024) / RATE).astype(np.float32) * 0.5
        for number in range(seconds * RATE // 1024):
            frame = av.AudioFrame.from_ndarray(np.stack([tone] * channels), format="fltp", layout=layout)
            frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), number * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf"), 1e30])
def test_nan_or_infinite_samples_do_not_spoil_the_rest(tmp_path: Path, odd: float) -> None:
    samples = (np.sin(np.arange(3 * RATE) * 0.06) * 0.3).tolist()
    samples[RATE] = odd
    path = write_floats(tmp_path / "odd.wav", samples)
    decoded = read_middle(path)
    assert np.isfinite(decoded).all()
    assert np.abs(decoded).max() <= 1.0
    assert np.isfinite(analyse_audio(path).loudness_db)


def test_a_file_of_nan_only_is_silence(tmp_path: Path) -> None:
    path = write_floats(tmp_path / "odd.wav", [float("nan")] * 2 * RATE)
    with pytest.raises(NotUnderstoodError, match="silent"):
        analyse_audio(path)


def test_a_file_joined_from_mono_and_stereo_is_decoded_to_its_end(tmp_path: Path) -> None:
    one, two = write_aac(tmp_path / "one.aac", "mono", 3), write_aac(tmp_path / "two.aac", "stereo", 3)
    (tmp_path / "joined.aac").write_bytes(one.read_bytes() + two.read_bytes())
    assert len(read_middle(tmp_path / "joined.aac")) > 5.5 * SAMPLE_RATE


@pytest.mark.parametrize("ending", [".mp3", ".m4a"])
def test_sound_after_a_damaged_stretch_is_decoded(tmp_path: Path, ending: str) -> None:
    path = make_audio(tmp_path / f"whole{ending}", seconds=30.0)
    raw = bytearray(path.read_bytes())
    offset = len(raw) // 5
    raw[offset : offset + 2000] = np.random.default_rng(1).integers(0, 256, 2000, dtype=np.uint8).tobytes()
    (tmp_path / f"broken{ending}").write_bytes(raw)
    assert len(read_middle(tmp_path / f"broken{ending}")) > 25 * SAMPLE_RATE
