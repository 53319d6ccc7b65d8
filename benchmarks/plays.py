"""Synthetic plays in the format of Spotify's extended streaming history."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

TRACKS_PER_ROW, ARTISTS_PER_TRACK = 0.08, 0.12
START = datetime(2016, 1, 1, tzinfo=UTC)
COLUMNS = (
    *("ts", "username", "platform", "ms_played", "conn_country", "ip_addr", "user_agent_decrypted"),
    *("master_metadata_track_name", "master_metadata_album_artist_name", "master_metadata_album_album_name"),
    *("spotify_track_uri", "reason_start", "reason_end", "shuffle", "skipped", "offline", "incognito_mode"),
)


def make_plays(rows: int, seed: int) -> Iterator[dict[str, Any]]:
    """Plays over several years in which few tracks are frequent and many are rare."""
    noise = random.Random(seed)
    tracks = max(1, int(rows * TRACKS_PER_ROW))
    artists = max(1, int(tracks * ARTISTS_PER_TRACK))
    now = START
    for _ in range(rows):
        track = int(tracks * noise.random() ** 3)
        milliseconds = noise.randrange(1_000, 300_000)
        now += timedelta(milliseconds=milliseconds, seconds=noise.randrange(600))
        is_skipped = milliseconds < 30_000
        told = (
            *(now.strftime("%Y-%m-%dT%H:%M:%SZ"), "lea", "a player", milliseconds, "ZZ", "203.0.113.9", "a browser"),
            *(f"Song number {track}", f"Band {track % artists}", f"Record {track // 10}"),
            *(f"spotify:track:{track:022d}", "clickrow", "fwdbtn" if is_skipped else "trackdone"),
            *(False, is_skipped, False, False),
        )
        yield dict(zip(COLUMNS, told, strict=True))
