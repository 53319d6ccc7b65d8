"""A small hand-made export of every kind of watch history. No real data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sample:
    """A file `name` with `content`, and the events it should give: (kind, title, what, day)."""

    importer: str
    name: str
    content: bytes
    events: tuple[tuple[str, str, str, str], ...]


def lines(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


DAY, NEXT = "2024-05-31", "2024-06-01"
HEAT = ("film", "Heat", "rated", DAY)
IMDB = "Const,Your Rating,Date Rated,Title,{}URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Directors"
LISTED = "Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,IMDb Rating,Year,Genres"
IDS = {"trakt": 1, "slug": "heat", "imdb": "tt0113277", "tmdb": 949, "tvdb": None}
FILM = {"title": "Heat", "year": 1995, "ids": IDS}
SHOW = {"title": "Élan", "year": 2010, "ids": {"trakt": 2, "slug": "elan", "imdb": None, "tmdb": 77, "tvdb": 78}}
EPISODE = {"title": "Dawn", "season": 1, "number": 2, "ids": {"trakt": 3, "imdb": None, "tmdb": None}}
HISTORY = [
    {"id": 1, "watched_at": f"{DAY}T20:10:00.000Z", "action": "watch", "type": "movie", "movie": FILM},
    {"id": 2, "watched_at": f"{NEXT}T20:10:00.000Z", "action": "watch", "type": "episode", "episode": EPISODE}
    | {"show": SHOW},
]
FULL = "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Bookmark,Latest Bookmark"


def anime(title: str, day: str, status: str = "Completed") -> str:
    identity = f"<series_animedb_id>5</series_animedb_id><series_title><![CDATA[{title}]]></series_title>"
    dates = f"<my_start_date>0000-00-00</my_start_date><my_finish_date>{day}</my_finish_date>"
    marks = f"<my_score>0</my_score><my_status>{status}</my_status>"
    return f"<anime>{identity}<series_type>TV</series_type>{dates}{marks}</anime>"


def entry(number: int, title: str, day: str) -> dict[str, Any]:
    year, month, date = map(int, day.split("-"))
    media = {"title": {"romaji": title, "english": None}, "format": "TV", "type": "ANIME", "idMal": None}
    done = {"year": year, "month": month, "day": date}
    return {"mediaId": number, "status": "COMPLETED", "score": 0, "completedAt": done, "media": media}


def watched(title: str, day: str, header: str = "YouTube", channel: str = "Harbour") -> dict[str, Any]:
    url = "https://www.youtube.com/watch?v=abcdefghij" + str(len(title) % 10)
    fields = {"header": header, "title": f"Watched {title}", "titleUrl": url, "time": f"{day}T20:10:00.123Z"}
    return fields | {"subtitles": [{"name": channel, "url": "x"}], "products": ["YouTube"]}


SAMPLES = (
    Sample(
        "imdb",
        "ratings.csv",
        lines(
            IMDB.format("Original Title,"),
            f'tt0113277,9,{DAY},Heat,Heat,x,Movie,8.3,170,1995,"Crime, Drama",1,Michael Mann',
            f"tt0000002,7,{NEXT},Élan,,x,Serie TV,8.3,,2010,,1,",
        ),
        (HEAT, ("series", "Élan", "rated", NEXT)),
    ),
    Sample(
        "imdb",
        "watchlist.csv",
        lines(
            LISTED,
            f"1,tt0113277,{DAY},{DAY},,Heat,Heat,x,movie,8.3,1995,Crime",
            f"2,tt0000002,{NEXT},{NEXT},,Élan,,x,tvSeries,8.3,2010,",
        ),
        (("film", "Heat", "saved", DAY), ("series", "Élan", "saved", NEXT)),
    ),
    Sample(
        "trakt",
        "watched-history-1.json",
        dump(HISTORY),
        (("film", "Heat", "finished", DAY), ("episode", "Dawn", "finished", NEXT)),
    ),
    Sample(
        "netflix",
        "NetflixViewingHistory.csv",
        lines("Title,Date", '"Élan: Season 1: Dawn","6/1/24"', "Heat,5/31/24"),
        (("episode", "Dawn", "played", NEXT), ("film", "Heat", "played", DAY)),
    ),
    Sample(
        "netflix",
        "ViewingActivity.csv",
        lines(
            FULL,
            f"Ana,{NEXT} 20:10:00,0:45:00,,Élan: Season 1: Dawn,,0:45:00,0:45:00",
            f"Ana,{DAY} 20:10:00,1:45:00,,Heat,,1:45:00,1:45:00",
            f"Ana,{DAY} 20:09:00,0:01:30,,Heat,TRAILER,0:00:30,0:00:30",
            f"Bo,{DAY} 20:09:00,1:01:30,,Loud,,0:00:30,0:00:30",
        ),
        (("episode", "Dawn", "played", NEXT), ("film", "Heat", "played", DAY)),
    ),
    Sample(
        "myanimelist",
        "animelist.xml",
        lines("<myanimelist><myinfo></myinfo>", anime("Heat", DAY), anime("Élan", NEXT, "Dropped"), "</myanimelist>"),
        (("series", "Heat", "finished", DAY), ("series", "Élan", "abandoned", NEXT)),
    ),
    Sample(
        "anilist",
        "anilist.json",
        dump(
            {"data": {"MediaListCollection": {"lists": [{"entries": [entry(1, "Heat", DAY), entry(2, "Élan", NEXT)]}]}}}
        ),
        (("series", "Heat", "finished", DAY), ("series", "Élan", "finished", NEXT)),
    ),
    Sample(
        "movary",
        "history.csv",
        lines("title,tmdbId,watchedAt,comment", f"Heat,949,{DAY},", f"Élan,,{NEXT},fine"),
        (("film", "Heat", "finished", DAY), ("film", "Élan", "finished", NEXT)),
    ),
    Sample(
        "yamtrack",
        "yamtrack.csv",
        lines(
            "media_id,source,media_type,title,image,season_number,episode_number,score,status,notes,start_date,end_date,progress",
            f"949,tmdb,movie,Heat,,,,,Completed,,,{DAY},1",
            f"77,tmdb,tv,Élan,,,,,Dropped,,{NEXT},,1",
        ),
        (("film", "Heat", "finished", DAY), ("series", "Élan", "abandoned", NEXT)),
    ),
    Sample(
        "takeout",
        "watch-history.json",
        dump([watched("Heat", DAY), watched("Élan", NEXT, "YouTube Music", "Sól - Topic")]),
        (("video", "Heat", "played", DAY), ("track", "Élan", "played", NEXT)),
    ),
)
