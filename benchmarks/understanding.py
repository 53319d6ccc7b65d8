"""Enrichment throughput relative to the bare encoders for text, pictures and sound, and the encoders' memory."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
import wave
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection
from django.test import override_settings
from PIL import Image

from benchmarks.home import describe_machine, read_rss_mb
from mediarec import env
from mediarec.library.artwork import write_artwork
from mediarec.library.errors import NotLoadedError
from mediarec.library.models import Item, Kind, MediaFile
from recommender.backends import registry
from recommender.encoders.protocol import Encoder
from recommender.enrichment import embedding
from recommender.enrichment.sources import SOURCES, Source, find_pending
from recommender.media_analysis import ocr

RATE, TUNE_SECONDS = 22_050, 40
SHARE = {
    "text": 1.0,
    "image": 0.5,
    "audio": 0.05,
}  # of the requested items: audio takes a hundred times as long as text
LEAST_SHARE, MOST_MEMORY_MB = 0.9, 2560  # targets: relative throughput, and memory of the models worker
QUALITY = {
    "all-MiniLM-L6-v2": "text", "efficientnet-lite0": "picture by a changed copy",
}  # fmt: skip


def run(items: int, seed: int, requests: int) -> dict[str, Any]:
    """Alternates bare and pipeline runs `requests` times over the same inputs; the best of each counts."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with tempfile.TemporaryDirectory() as name, override_settings(ARTWORK_ROOT=Path(name) / "artwork"):
            _make_items(items, seed, Path(name))
            speeds = {}
            for source in SOURCES:
                _say(f"{source.modality}: bare and piped, {requests} rounds")
                speeds[source.modality] = _compare(source, requests)
            memory = _load_the_rest()
        _say("memory of each encoder alone")
        measured = {modality: speed for modality, speed in speeds.items() if speed}
        return {
            "benchmark": "understanding",
            "items": items,
            "seed": seed,
            "rounds": requests,
            "speed": measured,
            "least_share": LEAST_SHARE,
            "keeps_the_speed": {modality: speed["share"] >= LEAST_SHARE for modality, speed in measured.items()},
            "all_encoders_loaded_mb": memory,
            "most_memory_mb": MOST_MEMORY_MB,
            "fits_the_memory": memory <= MOST_MEMORY_MB,
            "encoders": _list_costs(speeds),
            **describe_machine(),
        }
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _say(words: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {words}\n")
    sys.stderr.flush()


def _load_the_rest() -> float:
    """Memory of a process that holds all a models worker loads: the slots' encoders and the reader of letters."""
    with suppress(NotLoadedError):
        ocr.read_lines(Image.new("RGB", (320, 240), "white"))
    return read_rss_mb()


def _make_items(count: int, seed: int, folder: Path) -> None:
    noise = np.random.default_rng(seed)
    words = [f"word{number}" for number in range(3000)]
    made = [
        Item(kind=Kind.FILM, title=f"Work {n}", title_key=f"work {n}", synopsis=" ".join(noise.choice(words, 70)))
        for n in range(count)
    ]
    items = Item.objects.bulk_create(made)
    for item in items[: int(count * SHARE["image"])]:
        item.artwork = write_artwork(Image.fromarray(noise.integers(0, 255, (360, 240, 3), dtype=np.uint8)))
        item.save()
    for number, item in enumerate(items[: max(2, int(count * SHARE["audio"]))]):
        path = _write_tune(folder / f"{number}.wav", noise)
        MediaFile.objects.create(
            item=item, path_raw=os.fsencode(path), path=str(path), size_bytes=1, mtime_ns=1, content_hash=str(number)
        )
        Item.objects.filter(pk=item.pk).update(kind=Kind.TRACK)


def _write_tune(path: Path, noise: np.random.Generator) -> Path:
    times = np.arange(TUNE_SECONDS * RATE) / RATE
    tone = np.sin(2 * math.pi * noise.uniform(110, 880) * times) * np.exp(-4 * (times % noise.uniform(0.3, 1.0)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((tone * 20_000).astype("<i2").tobytes())
    return path


def _compare(source: Source, rounds: int) -> dict[str, Any]:
    """Baseline: the same decoded inputs in the same batches, nothing stored."""
    encoder = registry.load_encoder(source.modality)
    if encoder is None:
        return {}
    space = embedding.open_encoder_space(encoder)
    ids = list(find_pending(source, space).values_list("pk", flat=True))
    inputs = [given.value for given in source.read(ids)[0]]
    encoder.encode(inputs[:2])
    bare, piped = [], []
    for _ in range(rounds):
        bare.append(_time_bare(encoder, inputs, source.batch_size))
        space.embeddings.all().delete()
        started = time.perf_counter()
        for _batch in embedding.embed_pending(source, encoder):
            pass
        piped.append(time.perf_counter() - started)
    return {
        "encoder": encoder.name,
        "items": len(inputs),
        "bare_items_per_second": round(len(inputs) / min(bare), 2),
        "pipeline_items_per_second": round(len(inputs) / min(piped), 2),
        "share": round(min(bare) / min(piped), 3),
        "bare_ms_per_item": round(1000 * min(bare) / len(inputs), 2),
    }


def _time_bare(encoder: Encoder, inputs: list[Any], size: int) -> float:
    started = time.perf_counter()
    for start in range(0, len(inputs), size):
        encoder.encode(inputs[start : start + size])
    return time.perf_counter() - started


def _list_costs(speeds: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Memory of each encoder in a fresh interpreter; quality from `manage.py benchmark search`, if it has run."""
    recall = _read_recall()
    costs = {}
    for modality, speed in speeds.items():
        if speed:
            third = QUALITY.get(speed["encoder"])
            found = recall.get("best wins", {}).get(third) if third else None
            costs[speed["encoder"]] = {
                "memory_mb": _measure_alone(modality),
                "ms_per_item": speed["bare_ms_per_item"],
                "quality": f"answers {found:.0%} of its third of the checked-in questions" if found else "",
            }
    return costs


def _read_recall() -> dict[str, Any]:
    try:
        text = (settings.BASE_DIR / "benchmarks" / "results" / "search.json").read_text(encoding="utf-8")
    except OSError:
        return {}
    found: dict[str, Any] = json.loads(text).get("recall_at_10", {})
    return found


ALONE = """
import django, os, sys
django.setup()
from PIL import Image
from pathlib import Path
from recommender.backends import registry
from benchmarks.home import read_rss_mb
before = read_rss_mb()
encoder = registry.load_encoder(sys.argv[1])
given = {"text": "a quiet film", "image": Image.new("RGB", (240, 360), "teal")}.get(sys.argv[1])
if given is not None:
    encoder.encode([given] * 16)
else:
    import librosa
    from recommender.encoders.audio_descriptors import analyse
    import numpy
    analyse(numpy.random.default_rng(1).standard_normal(22050 * 90).astype("float32") * 0.1, "noise")
print(round(read_rss_mb() - before))
"""


def _measure_alone(modality: str) -> int | None:
    environment = env.build_child_environment({"DJANGO_SETTINGS_MODULE": "mediarec.settings"})
    found = subprocess.run(
        [sys.executable, "-c", ALONE, modality],
        capture_output=True, text=True, check=False, cwd=settings.BASE_DIR, env=environment,
    )  # fmt: skip
    last = found.stdout.strip().rpartition("\n")[2]
    return int(last) if last.isdecimal() else None
