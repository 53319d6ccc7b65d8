"""Audio descriptors: tempo, key, brightness, and files that cannot be read."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.encoders.audio_decoding import LONGEST_SECONDS, SAMPLE_RATE, read_middle
from recommender.encoders.audio_descriptors import DIMS, LAYOUT, AudioDescriptorEncoder, measure
from recommender.encoders.protocol import Encoder
from tests.contracts.encoders import EncoderContract

Player = Callable[[str, float, float, float], Path]


class TestAudioDescriptors(EncoderContract):
    @pytest.fixture
    def encoder(self) -> Encoder:
        return AudioDescriptorEncoder()

    @pytest.fixture
    def inputs(self, sounds: list[Path]) -> list[Any]:
        return list(sounds)

    @pytest.fixture
    def wrong(self, tmp_path: Path) -> Path:
        path = tmp_path / "mislabelled.mp3"
        path.write_bytes(b"this is a letter, not a song")
        return path


def test_the_layout_has_the_size_the_ranker_expects() -> None:
    assert DIMS == 64 == sum(group.size for group in LAYOUT)


def test_it_measures_tempo_key_and_brightness(player: Player) -> None:
    slow = measure(player("slow.wav", 20, 220, 60))
    quick = measure(player("quick.wav", 20, 880, 120))
    assert min(abs(slow.tempo_bpm - 60 * factor) for factor in (1, 2)) < 5
    assert min(abs(quick.tempo_bpm - 120 * factor) for factor in (0.5, 1, 2)) < 8
    assert slow.key.startswith("A")  # 220 Hz is an A, and so is 880
    assert quick.brightness_hz > 2 * slow.brightness_hz


def test_a_recording_is_nearest_to_another_like_it(player: Player) -> None:
    paths = [player("a.wav", 8, 220, 70), player("b.wav", 8, 233, 72), player("c.wav", 8, 1200, 170)]
    first, like, unlike = AudioDescriptorEncoder().encode(paths)
    assert first @ like > first @ unlike


def test_a_long_file_is_read_from_its_middle_and_no_further(player: Player) -> None:
    path = player("long.wav", 400, 220, 60)
    tracemalloc.start()
    samples = read_middle(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(samples) == LONGEST_SECONDS * SAMPLE_RATE
    assert peak < 4 * samples.nbytes  # nothing grows with the file


def test_silence_is_refused_in_a_sentence(player: Player) -> None:
    path = player("hush.wav", 3, 0.0, 60)
    with pytest.raises(NotUnderstoodError, match=r"hush\.wav is silent"):
        AudioDescriptorEncoder().encode([path])


def test_a_truncated_file_is_encoded_from_what_is_left(player: Player, tmp_path: Path) -> None:
    whole = player("whole.wav", 10, 440, 90).read_bytes()
    cut = tmp_path / "cut.wav"
    cut.write_bytes(whole[: len(whole) // 2])
    assert AudioDescriptorEncoder().encode([cut]).shape == (1, 64)


def test_a_too_short_sound_and_a_missing_file_have_different_errors(player: Player, tmp_path: Path) -> None:
    with pytest.raises(NotUnderstoodError, match="less than a second"):
        read_middle(player("blink.wav", 0.2, 440, 60))
    with pytest.raises(NotFoundError, match=r"gone\.wav is not there"):
        read_middle(tmp_path / "gone.wav")


def test_no_vector_holds_nan_or_infinity(player: Player) -> None:
    assert np.isfinite(AudioDescriptorEncoder().encode([player("pure.wav", 3, 1000, 1)])).all()
