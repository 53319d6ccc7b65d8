"""A fingerprint matches a recording in another codec and nothing else; decoding takes bounded memory."""

from __future__ import annotations

import math
import tracemalloc
import wave
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest

from mediarec.library.errors import MediarecError, NotUnderstoodError
from recommender.encoders import audio_decoding
from recommender.media_analysis.audio_fingerprint import (
    MATCH_THRESHOLD,
    analyse_audio,
    compare_fingerprints,
    compute_fingerprint,
)
from recommender.media_analysis.verbalise import describe_audio

RATE = 22_050


def write_tune(path: Path, seed: int, seconds: float, channels: int = 1) -> Path:
    """Random notes, the same for the same seed."""
    noise = np.random.default_rng(seed)
    notes = noise.integers(0, 24, int(seconds / 0.25) + 1)
    times = np.arange(int(seconds * RATE)) / RATE
    hertz = 220 * 2 ** (notes[(times / 0.25).astype(int)] / 12)
    tone = sum(np.sin(2 * math.pi * k * np.cumsum(hertz) / RATE) / k for k in (1, 2, 3, 4))
    tone = tone * np.exp(-3 * (times % 0.25)) * 0.3
    samples = (np.repeat(tone[:, None], channels, axis=1) * 32767 / 2.2).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


def encode(source: Path, target: Path, codec: str) -> Path:
    with av.open(str(source)) as decoded, av.open(str(target), "w") as encoded:
        stream = cast(
            "av.AudioStream", encoded.add_stream(codec, rate=44_100, layout="stereo", options={"strict": "-2"})
        )
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=44_100)
        fifo = av.AudioFifo()
        for frame in decoded.decode(audio=0):
            for part in resampler.resample(frame):
                part.pts = None
                fifo.write(part)
        size = stream.codec_context.frame_size or 4096
        while (chunk := fifo.read(size, partial=True)) is not None:
            encoded.mux(stream.encode(chunk))
        encoded.mux(stream.encode(None))
    return target


def fingerprint(path: Path) -> str:
    return compute_fingerprint(audio_decoding.read_start(path, 60))


def test_another_encoding_matches_and_another_tune_does_not(tmp_path: Path) -> None:
    tune = write_tune(tmp_path / "tune.wav", 1, 20)
    other = write_tune(tmp_path / "other.wav", 2, 20)
    original = fingerprint(tune)
    for codec, name in (("mp3", "tune.mp3"), ("aac", "tune.m4a")):
        assert (
            compare_fingerprints(original, fingerprint(encode(tune, tmp_path / name, codec))) > MATCH_THRESHOLD + 0.05
        )
    assert compare_fingerprints(original, fingerprint(other)) < MATCH_THRESHOLD - 0.05


def test_two_recordings_that_start_with_silence_do_not_match(tmp_path: Path) -> None:
    quiet = np.zeros(45 * RATE, dtype=np.float32)
    tunes = [np.random.default_rng(seed).standard_normal(15 * RATE).astype(np.float32) for seed in (1, 2)]
    first, second = (compute_fingerprint(np.concatenate([quiet, tune])) for tune in tunes)
    assert compare_fingerprints(first, second) < MATCH_THRESHOLD
    assert compare_fingerprints(first, first) == 1.0


def test_recordings_too_short_to_compare_do_not_match(tmp_path: Path) -> None:
    short = fingerprint(write_tune(tmp_path / "short.wav", 1, 3))
    assert compare_fingerprints(short, short) == 0.0
    assert compare_fingerprints("", "") == 0.0


def test_eight_channels_are_analysed(tmp_path: Path) -> None:
    features = analyse_audio(write_tune(tmp_path / "many.wav", 1, 12, channels=8))
    assert features.fingerprint and features.tempo_bpm > 0


def test_a_tempo_is_described_for_a_beat_and_not_for_noise(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal(30 * RATE) * 0.2
    click = np.exp(-np.arange(2000) / 200) * np.random.default_rng(2).standard_normal(2000) * 0.7
    beat = noise * 0.02
    for start in range(0, len(beat) - 2000, RATE * 60 // 72):
        beat[start : start + 2000] += click
    for name, samples, has_tempo in (("noise", noise, False), ("beat", beat, True)):
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        features = analyse_audio(tmp_path / f"{name}.wav")
        assert features.tempo_bpm > 0
        assert any("72 beats a minute" in phrase for phrase in describe_audio(features.to_json())) == has_tempo
        assert any("beats" in phrase for phrase in describe_audio(features.to_json())) == has_tempo


def test_the_error_for_an_empty_file_names_it(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "empty.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
    with pytest.raises(NotUnderstoodError, match=r"empty\.wav"):
        analyse_audio(tmp_path / "empty.wav")


def test_corrupt_frames_give_features_or_an_error_that_names_the_file(tmp_path: Path) -> None:
    tune = encode(write_tune(tmp_path / "tune.wav", 1, 12), tmp_path / "tune.mp3", "mp3")
    raw = bytearray(tune.read_bytes())
    for offset in range(len(raw) // 3, len(raw) // 3 + 4000):
        raw[offset] = offset % 251
    tune.write_bytes(raw)
    try:
        assert analyse_audio(tune).fingerprint
    except MediarecError as error:
        assert "tune.mp3" in str(error)


def test_four_times_the_length_needs_no_more_memory(tmp_path: Path) -> None:
    peaks = []
    for seconds in (100, 400):
        path = write_tune(tmp_path / f"{seconds}.wav", 1, seconds)
        tracemalloc.start()
        audio_decoding.read_middle(path)
        audio_decoding.read_start(path, 60)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_an_encrypted_song_is_reported_as_encrypted(tmp_path: Path) -> None:
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "ab" * 16, "encryption_kid": "cd" * 16}
    with av.open(str(tmp_path / "locked.m4a"), "w", format="mp4", options=key) as container:
        stream = container.add_stream("aac", rate=44_100, layout="mono")
        for number in range(60):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44_100, number * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(NotUnderstoodError, match=r"locked\.m4a is encrypted"):
        analyse_audio(tmp_path / "locked.m4a")
