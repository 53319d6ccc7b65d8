"""Measured values as short phrases, only where they are clear. Pure; knows no tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEAST_CLEAR = 0.3  # chosen by judgement: synthetic noise and speech stay below 0.25, synthetic beats above 0.7
SLOW_BPM, FAST_BPM = 84, 132
QUIET_DB, LOUD_DB = -24.0, -11.0
DARK, BRIGHT = 0.25, 0.6
FEW_CUTS, MANY_CUTS = 4.0, 18.0
STILL, RESTLESS = 0.012, 0.06


def describe_audio(values: Mapping[str, Any]) -> tuple[str, ...]:
    """For example ("slow, about 72 beats a minute", "quiet"). Left out: the key, which is a guess, and a tempo without
    a clear beat.
    """
    phrases = []
    tempo = float(values.get("tempo_bpm") or 0)
    if tempo and float(values.get("tempo_clearness") or 0) >= LEAST_CLEAR:
        tempo_word = "slow, " if tempo < SLOW_BPM else "fast, " if tempo > FAST_BPM else ""
        phrases.append(f"{tempo_word}about {round(tempo)} beats a minute")
    loudness = values.get("loudness_db")
    if loudness is not None and not QUIET_DB <= loudness <= LOUD_DB:
        phrases.append("quiet" if loudness < QUIET_DB else "loud")
    return tuple(phrases)


def describe_video(values: Mapping[str, Any]) -> tuple[str, ...]:
    """For example ("dark pictures", "few cuts", "little motion"); values in the middle range are not mentioned."""
    scales = (
        ("brightness", DARK, BRIGHT, "dark pictures", "bright pictures"),
        ("cuts_per_minute", FEW_CUTS, MANY_CUTS, "few cuts", "many cuts"),
        ("motion", STILL, RESTLESS, "little motion", "much motion"),
    )
    phrases = []
    for name, low, high, below, above in scales:
        value = values.get(name)
        if value is not None and not low <= value <= high:
            phrases.append(below if value < low else above)
    return tuple(phrases)
