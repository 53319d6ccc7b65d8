"""Audio descriptors computed with librosa: tempo, key, loudness, brightness and timbre as 64 numbers. No learned
weights, not text-aligned.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.native_libraries import import_needed
from recommender.encoders.audio_decoding import LONGEST_SECONDS, SAMPLE_RATE, read_middle

HOP = 512
FFT = 2048
SILENCE = 1e-4  # root mean square below which there is nothing to measure: -80 dB
PITCHES = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
# Key profiles, how strongly each pitch class belongs to a key: Krumhansl and Kessler, 1982.
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])

Track = NDArray[np.float32]


@dataclass(frozen=True)
class AudioMeasures:
    """Audible properties of a recording. `loudness_db` is relative to full scale.

    `tempo_clearness`, 0..1, is the autocorrelation of the onsets at that tempo: even noise has a most likely tempo, but
    no clear beat.
    """

    tempo_bpm: float
    tempo_clearness: float
    key: str
    loudness_db: float
    brightness_hz: float
    onsets_per_second: float


@dataclass(frozen=True)
class _Group:
    """A run of dimensions of the vector: typical centre and spread for standardising, and the weight of the whole
    group.
    """

    name: str
    size: int
    centre: float
    spread: float
    weight: float = 1.0


# The layout of the vector, in order; 64 in all. Centres and spreads were measured on two dozen orchestral pieces and
# widened for louder music. Each weight is divided among the dimensions of its group, so twelve pitch classes do not
# outweigh one tempo.
LAYOUT = (
    _Group("tempo, octaves over 60 bpm", 1, 1.0, 0.35, 2.0),
    _Group("onsets per second", 1, 3.0, 1.6, 2.0),
    _Group("onset strength, mean", 1, 1.1, 0.3),
    _Group("onset strength, spread over mean", 1, 0.9, 0.4),
    _Group("pitch classes from the tonic up", 12, 0.0833, 0.03, 1.0),
    _Group("key strength", 1, 0.65, 0.15),
    _Group("major over minor", 1, 0.0, 0.15, 1.5),
    _Group("loudness, dB", 1, -17.0, 5.0, 1.5),
    _Group("loudness spread, dB", 1, 6.0, 4.0),
    _Group("dynamic range, dB", 1, 15.0, 9.0),
    _Group("zero crossings, mean and spread", 2, 0.055, 0.03),
    _Group("brightness, octaves over 1 kHz", 1, 0.6, 0.5, 1.5),
    _Group("brightness spread", 1, 0.42, 0.2),
    _Group("roll-off, octaves over 1 kHz", 1, 1.5, 0.6),
    _Group("roll-off spread", 1, 0.5, 0.25),
    _Group("bandwidth, octaves over 1 kHz", 1, 0.8, 0.4),
    _Group("bandwidth spread", 1, 0.3, 0.15),
    _Group("flatness, powers of ten", 1, -2.5, 0.8),
    _Group("flatness spread", 1, 0.5, 0.25),
    _Group("contrast by band", 7, 21.0, 4.5, 1.5),
    _Group("timbre (MFCC 1), mean", 1, 110.0, 40.0, 1.5),
    _Group("timbre (MFCC 2), mean", 1, 0.0, 25.0, 1.0),
    _Group("timbre (MFCC 3 to 13), mean", 11, 2.0, 10.0, 1.5),
    _Group("timbre (MFCC 1), spread", 1, 28.0, 9.0),
    _Group("timbre (MFCC 2 to 13), spread", 12, 9.5, 4.0, 1.0),
)
DIMS = sum(group.size for group in LAYOUT)


def _per_dimension(values: Sequence[float]) -> NDArray[np.float32]:
    """Repeats one number per group for each of its dimensions: (64,)."""
    return np.repeat(np.array(values, dtype=np.float32), [group.size for group in LAYOUT])


_CENTRES = _per_dimension([group.centre for group in LAYOUT])
_SPREADS = _per_dimension([group.spread for group in LAYOUT])
_WEIGHTS = _per_dimension([(group.weight / group.size) ** 0.5 for group in LAYOUT])


class AudioDescriptorEncoder:
    """Encodes files as librosa descriptors. Nearby vectors sound alike in tempo, key, loudness and timbre."""

    name = "measured-descriptors"
    version = "librosa-1"
    modality = "audio"
    dims = DIMS
    text_aligned = False
    licence = "ISC (librosa); no weights"
    label = "measured tempo, key, loudness and timbre, which cannot be searched by words"

    @staticmethod
    def find_obstacle() -> str | None:
        missing = [name for name in ("av", "librosa") if importlib.util.find_spec(name) is None]
        return f"Sound cannot be measured: {', '.join(missing)} is not installed." if missing else None

    def encode(self, paths: Sequence[Path]) -> NDArray[np.float32]:
        """Paths to (N, 64) float32, unit length. Raises a MediarecError that names the first file it cannot read."""
        if not all(isinstance(path, Path) for path in paths):
            raise NotUnderstoodError("The sound model reads files, and was given something else.")
        if paths:
            self.load()
        vectors = [build_vector(analyse(read_middle(path), str(path))) for path in paths]
        return np.stack(vectors) if vectors else np.zeros((0, self.dims), dtype=np.float32)

    def load(self) -> None:
        import_needed(self.name, "Sound cannot be measured", "av", "librosa")

    def unload(self) -> None:
        """Nothing to release: no state is held between calls."""


@dataclass(frozen=True)
class Analysis:
    """Named measures, and the raw numbers in the order of LAYOUT: (64,)."""

    measures: AudioMeasures
    raw: NDArray[np.float32]


def measure(path: Path, seconds: float = LONGEST_SECONDS) -> AudioMeasures:
    """Measures at most `seconds` from the middle of the file. Raises a MediarecError that names it."""
    return analyse(read_middle(path, seconds), str(path)).measures


def build_vector(analysis: Analysis) -> NDArray[np.float32]:
    """Standardises by the constants of LAYOUT, clips at three spreads, weights and normalises: (64,), unit length."""
    scaled = np.clip((analysis.raw - _CENTRES) / _SPREADS, -3.0, 3.0) * _WEIGHTS
    return np.asarray(scaled / max(float(np.linalg.norm(scaled)), 1e-9), dtype=np.float32)


def analyse(samples: Track, name: str) -> Analysis:
    """Computes all descriptors of `samples` (n,) at SAMPLE_RATE; `name` names the file in errors. Raises
    NotUnderstoodError for silence.
    """
    import librosa

    if float(np.sqrt(np.mean(np.square(samples)))) < SILENCE:
        raise NotUnderstoodError(f"{name} is silent in the part that was analysed.")
    magnitudes = np.abs(librosa.stft(samples, n_fft=FFT, hop_length=HOP))  # (1025, frames)
    tempo, clearness, rhythm = _measure_rhythm(librosa, magnitudes, len(samples) / SAMPLE_RATE)
    key, tonality = _measure_tonality(librosa, magnitudes)
    loudness = _measure_loudness(librosa, magnitudes, samples)
    brightness, spectral = _measure_spectrum(librosa, magnitudes)
    timbre = _measure_timbre(librosa, magnitudes)
    raw = np.concatenate([rhythm, tonality, loudness, spectral, timbre]).astype(np.float32)
    measures = AudioMeasures(tempo, clearness, key, float(loudness[0]), brightness, float(rhythm[1]))
    return Analysis(measures, np.nan_to_num(raw))


def _measure_rhythm(librosa: Any, magnitudes: Track, seconds: float) -> tuple[float, float, Track]:
    power = librosa.feature.melspectrogram(S=magnitudes**2, sr=SAMPLE_RATE)
    strength = librosa.onset.onset_strength(S=librosa.power_to_db(power), sr=SAMPLE_RATE, hop_length=HOP)
    tempo = float(librosa.feature.tempo(onset_envelope=strength, sr=SAMPLE_RATE, hop_length=HOP)[0])
    onsets = librosa.onset.onset_detect(onset_envelope=strength, sr=SAMPLE_RATE, hop_length=HOP)
    mean = float(strength.mean())
    spread = float(strength.std()) / max(mean, 1e-6)
    values = [np.log2(max(tempo, 30.0) / 60.0), len(onsets) / seconds, mean, spread]
    return tempo, _measure_clearness(librosa, strength, tempo), np.array(values, dtype=np.float32)


def _measure_clearness(librosa: Any, strength: Track, tempo: float) -> float:
    """Normalised autocorrelation of the onset strength at a lag of one beat, 0..1."""
    autocorrelation = librosa.autocorrelate(strength - strength.mean())
    beat = round(60 * SAMPLE_RATE / HOP / tempo) if tempo else 0
    if not 0 < beat < len(autocorrelation) - 1 or autocorrelation[0] <= 0:
        return 0.0
    return float(np.clip(autocorrelation[beat - 1 : beat + 2].max() / autocorrelation[0], 0.0, 1.0))


def _measure_tonality(librosa: Any, magnitudes: Track) -> tuple[str, Track]:
    """The best-correlated key profile. Pitch classes are rotated to its tonic, so a song and its transposition are
    near.
    """
    chroma = librosa.feature.chroma_stft(S=magnitudes**2, sr=SAMPLE_RATE, tuning=0.0).mean(axis=1)  # (12,)
    share = chroma / max(float(chroma.sum()), 1e-9)
    correlations = np.array(
        [[np.corrcoef(np.roll(share, -tonic), profile)[0, 1] for tonic in range(12)] for profile in (MAJOR, MINOR)]
    )
    correlations = np.nan_to_num(correlations)  # (2, 12)
    mode, tonic = np.unravel_index(int(correlations.argmax()), correlations.shape)
    key = f"{PITCHES[tonic]} {'minor' if mode else 'major'}"
    major_over_minor = correlations[0].max() - correlations[1].max()
    return key, np.concatenate([np.roll(share, -int(tonic)), [correlations.max(), major_over_minor]]).astype(np.float32)


def _measure_loudness(librosa: Any, magnitudes: Track, samples: Track) -> Track:
    level = librosa.amplitude_to_db(librosa.feature.rms(S=magnitudes, frame_length=FFT)[0], ref=1.0, top_db=None)
    level = np.maximum(level, -80.0)
    mean_level = 20 * np.log10(max(float(np.sqrt(np.mean(np.square(samples)))), 1e-6))
    low, high = np.percentile(level, [10, 95])
    crossings = librosa.feature.zero_crossing_rate(samples, hop_length=HOP)[0]
    return np.array([mean_level, level.std(), high - low, crossings.mean(), crossings.std()], dtype=np.float32)


def _measure_spectrum(librosa: Any, magnitudes: Track) -> tuple[float, Track]:
    centroid = librosa.feature.spectral_centroid(S=magnitudes, sr=SAMPLE_RATE)[0]
    rolloff = librosa.feature.spectral_rolloff(S=magnitudes, sr=SAMPLE_RATE)[0]
    bandwidth = librosa.feature.spectral_bandwidth(S=magnitudes, sr=SAMPLE_RATE, centroid=centroid[None])[0]
    octaves = [np.log2(np.maximum(track, 50.0) / 1000.0) for track in (centroid, rolloff, bandwidth)]
    flatness = np.log10(np.maximum(librosa.feature.spectral_flatness(S=magnitudes)[0], 1e-8))
    contrast = librosa.feature.spectral_contrast(S=magnitudes, sr=SAMPLE_RATE).mean(axis=1)  # (7,)
    moments = [value for track in (*octaves, flatness) for value in (track.mean(), track.std())]
    return float(np.median(centroid)), np.concatenate([moments, contrast]).astype(np.float32)


def _measure_timbre(librosa: Any, magnitudes: Track) -> Track:
    """MFCC means and spreads. Coefficient 0 is left out: it is loudness again."""
    power = librosa.feature.melspectrogram(S=magnitudes**2, sr=SAMPLE_RATE)
    coefficients = librosa.feature.mfcc(S=librosa.power_to_db(power), n_mfcc=14)[1:]  # (13, frames)
    return np.concatenate([coefficients.mean(axis=1), coefficients.std(axis=1)]).astype(np.float32)
