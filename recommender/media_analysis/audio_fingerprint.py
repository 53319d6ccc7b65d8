"""What a recording sounds like, in words' terms, and a fingerprint that survives another encoding. Knows no tables."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.encoders import audio_descriptors
from recommender.encoders.audio_decoding import SAMPLE_RATE, read_start

MEASURED_SECONDS = 45.0  # of the middle: tempo and key settle well before
PRINT_SECONDS = 60.0
FRAME, HOP = 8192, 4096  # 0.19 s a step
BANDS = 17  # between 300 and 4000 Hz: what every codec keeps
MOST_SHIFT = 16  # steps that one copy may begin later: three seconds
LEAST_STEPS = 40
SAME_BITS = 0.75  # chance agrees on half of them; made-up tunes in mp3 and aac on more than 0.8


@dataclass(frozen=True)
class AudioFeatures:
    """`fingerprint` is sixteen bits a step, as hex digits."""

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
    """Raises a MediarecError that names the file."""
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
    """Haitsma and Kalker, 2002: whether the energy between neighbouring bands rises or falls from step to step."""
    if len(samples) < FRAME + HOP:
        return ""
    count = 1 + (len(samples) - FRAME) // HOP
    places = np.arange(FRAME)[None] + HOP * np.arange(count)[:, None]
    spectra = np.abs(np.fft.rfft(samples[places] * np.hanning(FRAME).astype(np.float32), axis=1)) ** 2
    edges = np.geomspace(300, 4000, BANDS + 1) * FRAME / SAMPLE_RATE
    bands = np.stack([spectra[:, int(a) : max(int(a) + 1, int(b))].sum(axis=1) for a, b in _pairs(edges)], axis=1)
    across = bands[:, 1:] - bands[:, :-1]  # (steps, 16)
    bits = (across[1:] - across[:-1]) > 0
    return bytes(np.packbits(bits, axis=1).ravel()).hex()


def _pairs(edges: NDArray[np.float64]) -> list[tuple[float, float]]:
    return list(itertools.pairwise(edges))


def compare_fingerprints(first: str, second: str) -> float:
    """The share of equal bits at the best shift, 0..1; 0 where one is too short to tell. Silence tells nothing."""
    one, other = _unpack(first), _unpack(second)
    if min(len(one), len(other)) < LEAST_STEPS:
        return 0.0
    best = 0.0
    for shift in range(-MOST_SHIFT, MOST_SHIFT + 1):
        a, b = (one[shift:], other) if shift >= 0 else (one, other[-shift:])
        length = min(len(a), len(b))
        is_sound = a[:length].any(axis=1) & b[:length].any(axis=1)
        if is_sound.sum() >= LEAST_STEPS:
            best = max(best, float((a[:length] == b[:length])[is_sound].mean()))
    return best


def _unpack(digits: str) -> NDArray[np.uint8]:
    """(steps, 16)"""
    raw = np.frombuffer(bytes.fromhex(digits), dtype=np.uint8)
    return np.unpackbits(raw[: len(raw) // 2 * 2].reshape(-1, 2), axis=1)
