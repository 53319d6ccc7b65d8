"""Audio features of a recording, and a fingerprint that is robust to re-encoding. Knows no tables."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.encoders import audio_descriptors
from recommender.encoders.audio_decoding import SAMPLE_RATE, read_start

MEASURED_SECONDS = 45.0  # from the middle; tempo and key are stable well before that
PRINT_SECONDS = 60.0
FRAME, HOP = 8192, 4096  # 0.19 s a step
BANDS = 17  # between 300 and 4000 Hz, which every codec preserves
MAX_SHIFT = 16  # steps by which one copy may start later: three seconds
MIN_OVERLAP_STEPS = 40  # shorter overlaps are not compared
MATCH_THRESHOLD = (
    0.75  # above it, one recording. Chance gives 0.5; synthetic tunes re-encoded as mp3 and aac give over 0.8
)


@dataclass(frozen=True)
class AudioFeatures:
    """Measured features; `fingerprint` has sixteen bits per step, as hex digits."""

    tempo_bpm: float
    tempo_clearness: float
    key: str
    loudness_db: float
    brightness_hz: float
    onsets_per_second: float
    fingerprint: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def analyse_audio(path: Path) -> AudioFeatures:
    """Features of the middle of the file, and a fingerprint of its start. Raises a
    MediarecError that names the file.
    """
    measures = audio_descriptors.measure(path, MEASURED_SECONDS)
    return AudioFeatures(
        tempo_bpm=round(measures.tempo_bpm, 1),
        tempo_clearness=round(measures.tempo_clearness, 2),
        key=measures.key,
        loudness_db=round(measures.loudness_db, 1),
        brightness_hz=round(measures.brightness_hz),
        onsets_per_second=round(measures.onsets_per_second, 2),
        fingerprint=compute_fingerprint(read_start(path, PRINT_SECONDS)),
    )


def compute_fingerprint(samples: NDArray[np.float32]) -> str:
    """Sign of the change, over time, of the energy difference between neighbouring bands (Haitsma and Kalker, 2002).

    `samples` is (n,) float32 at SAMPLE_RATE. Returns hex digits, "" for less than two frames.
    """
    if len(samples) < FRAME + HOP:
        return ""
    frame_count = 1 + (len(samples) - FRAME) // HOP
    indices = np.arange(FRAME)[None] + HOP * np.arange(frame_count)[:, None]
    spectra = np.abs(np.fft.rfft(samples[indices] * np.hanning(FRAME).astype(np.float32), axis=1)) ** 2
    edges = np.geomspace(300, 4000, BANDS + 1) * FRAME / SAMPLE_RATE
    bands = np.stack(
        [spectra[:, int(low) : max(int(low) + 1, int(high))].sum(axis=1) for low, high in _pairs(edges)], axis=1
    )
    band_differences = bands[:, 1:] - bands[:, :-1]  # (steps, 16)
    bits = (band_differences[1:] - band_differences[:-1]) > 0
    return bytes(np.packbits(bits, axis=1).ravel()).hex()


def _pairs(edges: NDArray[np.float64]) -> list[tuple[float, float]]:
    return list(itertools.pairwise(edges))


def compare_fingerprints(first: str, second: str) -> float:
    """The share of equal bits at the best shift, 0..1; 0 where the overlap is too short. Silent steps are ignored."""
    first_bits, second_bits = _unpack(first), _unpack(second)
    if min(len(first_bits), len(second_bits)) < MIN_OVERLAP_STEPS:
        return 0.0
    best = 0.0
    for shift in range(-MAX_SHIFT, MAX_SHIFT + 1):
        left, right = (first_bits[shift:], second_bits) if shift >= 0 else (first_bits, second_bits[-shift:])
        length = min(len(left), len(right))
        is_audible = left[:length].any(axis=1) & right[:length].any(axis=1)
        if is_audible.sum() >= MIN_OVERLAP_STEPS:
            best = max(best, float((left[:length] == right[:length])[is_audible].mean()))
    return best


def _unpack(digits: str) -> NDArray[np.uint8]:
    """Hex digits to bits: (steps, 16) uint8."""
    raw = np.frombuffer(bytes.fromhex(digits), dtype=np.uint8)
    return np.unpackbits(raw[: len(raw) // 2 * 2].reshape(-1, 2), axis=1)
