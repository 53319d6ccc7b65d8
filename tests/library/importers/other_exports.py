"""Small hand-made files of the remaining formats: Letterboxd, playlists, MovieLens, tables and NFOs. No real data."""

from __future__ import annotations

import json
from collections.abc import Mapping

Content = bytes | Mapping[str, bytes]  # of one file, or of several by name


def lines(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()


HEAD = "Date,Name,Year,Letterboxd URI"
LETTERBOXD = {
    "diary.csv": lines(
        f"{HEAD},Rating,Rewatch,Tags,Watched Date",
        '2024-02-02,Solaris,1972,https://boxd.it/1,4.5,,"space, slow",2024-02-01',
        "2024-05-02,Heat,1995,https://boxd.it/2,5,Yes,,2024-05-01",
    ),
    "ratings.csv": lines(f"{HEAD},Rating", "2024-05-02,Solaris,1972,https://boxd.it/3,5", "2024-06-01,Élan,1979,x,3.5"),
    "watched.csv": lines(HEAD, "2024-02-02,Solaris,1972,u", "2024-01-01,Mirror,1975,u"),
    "watchlist.csv": lines(HEAD, '2024-03-03,"Good, the Bad, The",1966,u', "2024-03-04,Ikiru,1952,u"),
}
M3U = lines(
    *("#EXTM3U", "#PLAYLIST:Evening", "#EXTINF:240,The Lamps - Blue Hour", "Night Shift/Blue Hour.mp3"),
    *("#EXTINF:-1,Sól - Ember", "x.mp3"),
)
PLS = lines(
    *("[playlist]", "NumberOfEntries=2", "File1=a.mp3", "Title1=The Lamps - Blue Hour", "Length1=240"),
    *("File2=b.mp3", "Title2=Sól - Ember"),
)
XSPF = """<?xml version="1.0" encoding="UTF-8"?>
<playlist version="1" xmlns="http://xspf.org/ns/0/"><title>Evening</title><date>2024-05-31T20:00:00+00:00</date>
<trackList><track><location>file:///old/Night%20Shift/Blue%20Hour.flac</location><title>Blue Hour</title>
<creator>The Lamps</creator><album>Night Shift</album><duration>240000</duration></track>
<track><title>Ember</title><creator>Sól</creator></track></trackList></playlist>""".encode()
JSPF = {
    "playlist": {
        "title": "Evening",
        "date": "2024-05-31T20:00:00+00:00",
        "track": [
            {"title": "Blue Hour", "creator": "The Lamps", "duration": 240000},
            {"identifier": [], "title": "Ember", "creator": "Sól", "album": None},
        ],
    }
}
MOVIELENS_CSV = {
    "movies.csv": lines("movieId,title,genres", "1,Heat (1995),Crime|Drama", '2,"Postman, The (Il Postino) (1994)",X'),
    "links.csv": lines("movieId,imdbId,tmdbId", "1,0113277,949", "2,,"),
    "ratings.csv": lines("userId,movieId,rating,timestamp", "1,1,4.0,978300760", "1,2,4.5,978300761"),
}
MOVIELENS_DAT = {
    "movies.dat": lines("1::Heat (1995)::Crime|Drama", "2::Postman, The (Il Postino) (1994)::Drama"),
    "ratings.dat": lines("7::1::5::978300760", "7::2::3::978300761"),
}
GENERIC_CSV = lines(
    "kind,title,year,what,when,value,artist,album,ids",
    "film,Heat,1995,rated,2024-05-31,0.8,,,",
    'track,"Blue Hour",2001,finished,2024-05-31T20:10:00Z,,The Lamps,Night Shift,',
)
GENERIC_JSONL = lines(
    json.dumps({"kind": "film", "title": "Heat", "year": 1995, "what": "finished", "when": "2024-05-31"}),
    json.dumps({"kind": "track", "title": "Ember", "artist": "Sól", "what": "liked", "when": "2024-06-01T10:00:00Z"}),
)
NFO = """<?xml version="1.0" encoding="UTF-8"?>
<movie><title>Solaris</title><originaltitle>Солярис</originaltitle><year>1972</year><plot>A planet thinks.</plot>
<genre>Drama / Science Fiction</genre><runtime>167</runtime><uniqueid type="imdb">tt0069293</uniqueid>
<director>Andrei Tarkovsky</director><actor><name>Donatas Banionis</name></actor></movie>
https://example.org/x""".encode()
EPISODE_NFO = """<episodedetails><title>Dawn</title><showtitle>Élan</showtitle><season>1</season><episode>2</episode>
<aired>2010-05-31</aired><uniqueid type="tvdb">78</uniqueid></episodedetails>""".encode()

SAMPLES: tuple[tuple[str, str, Content], ...] = (
    *(("letterboxd", name, LETTERBOXD) for name in LETTERBOXD),
    ("letterboxd", "my films.csv", LETTERBOXD["ratings.csv"]),
    ("playlist", "a.m3u", M3U),
    ("playlist", "a.pls", PLS),
    ("playlist", "a.xspf", XSPF),
    ("playlist", "a.jspf", json.dumps(JSPF, ensure_ascii=False).encode()),
    *(("movielens", name, MOVIELENS_CSV) for name in MOVIELENS_CSV),
    *(("movielens", name, MOVIELENS_DAT) for name in MOVIELENS_DAT),
    ("generic", "table.csv", GENERIC_CSV),
    ("generic", "table.jsonl", GENERIC_JSONL),
    ("nfo", "movie.nfo", NFO),
    ("nfo", "episode.nfo", EPISODE_NFO),
)
