"""A tiny real music folder and a tiny history, made on the spot."""

import json
from pathlib import Path

import av
import numpy as np
from mutagen.flac import FLAC

RATE_HZ = 22_050
SECONDS = 2
SONGS = (
    ("Low Tide", "Harbour Lights", "Ambient"),
    ("Fog Signal", "Harbour Lights", "Ambient"),
    ("Pier at Night", "Harbour Lights", "Ambient"),
    ("Salt Wind", "Coast Piano", "Ambient"),
    ("Lantern", "Coast Piano", "Ambient"),
    ("Iron Gate", "Furnace", "Metal"),
    ("Sparks", "Furnace", "Metal"),
)
SEEN_FILMS = ("The Long Shore", "Winter Ferry", "A Quiet Room", "The Tea House", "Snow on the Line")
OTHER_FILMS = ("The Lighthouse Keeper", "Slow Train North", "Autumn Letters", "The Empty Jetty", "Rain Season")
LOUD_FILMS = ("Turbo Squad", "Blast Radius", "Night of Engines")


def write_music(folder: Path) -> Path:
    folder.mkdir()
    for number, (title, artist, genre) in enumerate(SONGS, start=1):
        path = folder / f"{number:02} {title}.flac"
        _write_tone(path, pitch_hz=110 * number)
        tags = FLAC(path)  # type: ignore[no-untyped-call]
        written = {"title": title, "artist": artist, "genre": genre, "date": "1999", "tracknumber": str(number)}
        tags.update(written)  # type: ignore[no-untyped-call]
        tags.save()
    (folder / "broken.flac").write_bytes(b"this is no music")
    return folder


def write_history(path: Path) -> Path:
    """Slow films by one director, half of them finished and liked; a few loud ones that nobody has seen."""
    slow = {"kind": "film", "genres": ["Drama"], "tags": ["slow", "sea", "quiet"], "people": {"director": ["Ida Holm"]}}
    loud = {"kind": "film", "genres": ["Action"], "tags": ["chase"], "people": {"director": ["Rex Bolt"]}}
    lines: list[dict[str, object]] = []
    for number, title in enumerate(SEEN_FILMS, start=1):
        events = [{"what": "finished", "when": f"2025-03-0{number}"}, {"what": "liked", "when": f"2025-03-0{number}"}]
        lines.append({**slow, "title": title, "year": 1990 + number, "events": events})
    lines += [{**slow, "title": title, "year": 2000 + n} for n, title in enumerate(OTHER_FILMS)]
    lines += [{**loud, "title": title, "year": 2010 + n} for n, title in enumerate(LOUD_FILMS)]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def _write_tone(path: Path, pitch_hz: float) -> None:
    times = np.arange(RATE_HZ * SECONDS) / RATE_HZ
    samples = (np.sin(2 * np.pi * pitch_hz * times) * 8_000).astype(np.int16).reshape(1, -1)
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE_HZ, layout="mono", format="s16")
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
