"""Measures in words a person would use, only where they are clear. Pure; knows no tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEAST_CLEAR = 0.3  # chosen by judgement: made-up noise and speech stay below 0.25, made-up beats above 0.7
SLOW_BPM, FAST_BPM = 84, 132
QUIET_DB, LOUD_DB = -24.0, -11.0
DARK, BRIGHT = 0.25, 0.6
FEW_CUTS, MANY_CUTS = 4.0, 18.0
STILL, RESTLESS = 0.012, 0.06


def describe_audio(values: Mapping[str, Any]) -> tuple[str, ...]:
    """("slow, about 72 beats a minute", "quiet"); left out are the key, a guess, and a tempo without a clear beat."""
    said = []
    tempo = float(values.get("tempo_bpm") or 0)
    if tempo and float(values.get("tempo_clearness") or 0) >= LEAST_CLEAR:
        pace = "slow, " if tempo < SLOW_BPM else "fast, " if tempo > FAST_BPM else ""
        said.append(f"{pace}about {round(tempo)} beats a minute")
    loudness = values.get("loudness_db")
    if loudness is not None and not QUIET_DB <= loudness <= LOUD_DB:
        said.append("quiet" if loudness < QUIET_DB else "loud")
    return tuple(said)


def describe_video(values: Mapping[str, Any]) -> tuple[str, ...]:
    """("dark pictures", "few cuts", "little motion"): what lies between is not worth a word."""
    scales = (
        ("brightness", DARK, BRIGHT, "dark pictures", "bright pictures"),
        ("cuts_per_minute", FEW_CUTS, MANY_CUTS, "few cuts", "many cuts"),
        ("motion", STILL, RESTLESS, "little motion", "much motion"),
    )
    said = []
    for name, low, high, below, above in scales:
        value = values.get(name)
        if value is not None and not low <= value <= high:
            said.append(below if value < low else above)
    return tuple(said)
