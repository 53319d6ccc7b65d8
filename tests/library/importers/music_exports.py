"""A small hand-made export of every kind of listening history, in the format of each service or tool."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MBID = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
START = 1_717_186_200  # 2024-05-31 20:10:00 UTC


@dataclass(frozen=True)
class Export:
    """A file `name` with `content`, and the events it should give: (title, artist, what, when)."""

    importer: str
    name: str
    content: str
    events: tuple[tuple[str, str, str, str], ...]


WHEN = "2024-05-31T20:10:00+00:00"
BLUE, EMBER = ("Blue Hour", "The Lamps", "played", WHEN), ("Ember", "Sól", "played", "2024-05-31T20:15:00+00:00")
LATER = START + 300


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def json_lines(*rows: dict[str, Any]) -> str:
    return lines(*(json.dumps(row, ensure_ascii=False) for row in rows))


def listen(title: str, artist: str, when: int, **fields: Any) -> dict[str, Any]:
    track = {"track_name": title, "artist_name": artist, "mbid_mapping": None, "additional_info": {}} | fields
    return {"listened_at": when, "inserted_at": when + 0.5, "track_metadata": track}


def maloja(title: str, artist: str, when: int) -> dict[str, Any]:
    album = {"artists": [artist], "albumtitle": "Night Shift"}
    track = {"artists": [artist], "title": title, "album": album, "length": 240}
    return {"time": when, "track": track, "duration": None, "origin": "client:x"}


def pano(title: str, artist: str, when: int) -> dict[str, Any]:
    return {"timeHuman": "x", "timeMs": when * 1000, "artist": artist, "track": title, "album": "", "event": "scrobble"}


def spotify(title: str, artist: str, when: int) -> dict[str, Any]:
    names = {"track_name": title, "album_artist_name": artist, "album_album_name": "Night Shift"}
    played = {"ms_played": 60_000, "reason_end": "logout", "incognito_mode": False}
    stamp = f"2024-05-31T20:{10 + (when - START) // 60 + 1}:00Z"
    return {"ts": stamp} | {f"master_metadata_{name}": text for name, text in names.items()} | played


PAIRS = (("Blue Hour", "The Lamps", START), ("Ember", "Sól", LATER))

EXPORTS = (
    Export(
        "spotify",
        "endsong_0.json",
        json.dumps([spotify(*pair) for pair in PAIRS], ensure_ascii=False),
        (BLUE, EMBER),
    ),
    Export(
        "lastfm",
        "lastfm-ghan.csv",
        lines(
            "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid",
            f'"{START}","31 May 2024, 20:10","The Lamps","","Night Shift","","Blue Hour","{MBID}"',
            f'"{LATER}","31 May 2024, 20:15","Sól","","","","Ember",""',
        ),
        (BLUE, EMBER),
    ),
    Export(
        "lastfm",
        "lastfm-short.csv",
        lines(
            "uts,utc_time,artist,album,track",
            f'"{START}","31 May 2024, 20:10","The Lamps","Night Shift","Blue Hour"',
            f'"{LATER}","31 May 2024, 20:15","Sól","","Ember"',
        ),
        (BLUE, EMBER),
    ),
    Export(
        "lastfm",
        "lastfmstats.csv",
        "\ufeff"
        + lines(
            "Artist;Album;AlbumId;Track;Date#lea.private",
            f'"The Lamps";"Night Shift";"";"Blue Hour";"{START * 1000}"',
            f'"Sól";"";"";"Ember";"{LATER * 1000}"',
        ),
        (BLUE, EMBER),
    ),
    Export(
        "lastfm",
        "lastfmstats.json",
        json.dumps(
            {
                "username": "lea.private",
                "scrobbles": [
                    {"track": title, "artist": artist, "album": "", "albumId": "", "date": when * 1000}
                    for title, artist, when in PAIRS
                ],
            },
            ensure_ascii=False,
        ),
        (BLUE, EMBER),
    ),
    Export(
        "lastfm",
        "pages.json",
        json.dumps(
            [
                {
                    "@attr": {"page": "1"},
                    "track": [
                        {"artist": {"#text": artist}, "name": title, "album": {"#text": ""}, "date": {"uts": str(when)}}
                        for title, artist, when in PAIRS
                    ],
                }
            ],
            ensure_ascii=False,
        ),
        (BLUE, EMBER),
    ),
    Export(
        "lastfm",
        "lastfm-to-csv.csv",
        lines('The Lamps,Night Shift,Blue Hour,"31 May 2024, 20:10"', "Sól,,Ember,31 May 2024, 20:15"),
        (BLUE, EMBER),
    ),
    Export(
        "lastfm",
        "backup.csv",
        lines("2024-05-31,20:10,The Lamps,Blue Hour", "2024-05-31,20:15,Sól,Ember"),
        (BLUE, EMBER),
    ),
    Export(
        "lastfm",
        "research.tsv",
        lines(
            f"user_000001\t2024-05-31T20:10:00Z\t{MBID}\tThe Lamps\t\tBlue Hour",
            "user_000001\t2024-05-31T20:15:00Z\t\tSól\t\tEmber",
        ),
        (BLUE, EMBER),
    ),
    Export(
        "listenbrainz",
        "5.jsonl",
        json_lines(*(listen(*pair) for pair in PAIRS)),
        (BLUE, EMBER),
    ),
    Export(
        "librefm",
        "librefm.csv",
        lines(
            "# exported from Libre.fm",
            "ARTIST,Track,Album,time",
            f"The Lamps,Blue Hour,Night Shift,{START}",
            f"Sól,Ember,,{LATER}",
        ),
        (BLUE, EMBER),
    ),
    Export(
        "maloja",
        "maloja.json",
        json.dumps(
            {"maloja": {"export_time": START}, "scrobbles": [maloja(*pair) for pair in PAIRS]}, ensure_ascii=False
        ),
        (BLUE, EMBER),
    ),
    Export(
        "scrobbler-log",
        ".scrobbler.log",
        lines(
            "#AUDIOSCROBBLER/1.1",
            "#TZ/UTC",
            "#CLIENT/Rockbox",
            f"The Lamps\tNight Shift\tBlue Hour\t3\t240\tL\t{START}\t{MBID}",
            f"Sól\t\tEmber\t\t200\tL\t{LATER}",
        ),
        (BLUE, EMBER),
    ),
    Export("panoscrobbler", "log.jsonl", json_lines(*(pano(*pair) for pair in PAIRS)), (BLUE, EMBER)),
    Export(
        "apple-music",
        "Apple Music Play Activity.csv",
        lines(
            "Artist Name,Content Name,Event Start Timestamp,Play Duration Milliseconds,Event Type,Client IP Address",
            "The Lamps,Blue Hour,2024-05-31T20:10:00.000Z,60000,PLAY_END,203.0.113.9",
            "Sól,Ember,2024-05-31T20:15:00Z,61000,PLAY_END,203.0.113.9",
        ),
        (BLUE, EMBER),
    ),
    Export(
        "apple-music",
        "Apple Music Play Activity new.csv",
        lines(
            "Album Name,Container Artist Name,Event End Timestamp,Event Start Timestamp,Event Type,Play Duration "
            "Milliseconds,Song Name",
            "Night Shift,The Lamps,2024-05-31T20:11:00Z,2024-05-31T20:10:00.000Z,PLAY_END,60000,Blue Hour",
            ",Sól,2024-05-31T20:16:00Z,,PLAY_END,60000,Ember",
        ),
        (BLUE, EMBER),
    ),
)
