"""Small samples of every catalogue and of a person archive, for fuzz tests that corrupt them."""

from __future__ import annotations

import json
from collections.abc import Mapping

N = r"\N"
RECORDING, RELEASE = "{:08d}-0000-4000-8000-000000000001", "{:08d}-0000-4000-8000-000000000002"
Files = Mapping[str, bytes]


def _lines(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


IMDB: Files = {
    "title.basics.tsv": _lines(
        "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres",
        f"tt0000001\tmovie\tHeat\tHeat\t0\t1995\t{N}\t170\tCrime,Drama",
        f"tt0000002\ttvSeries\tThe Wire\tThe Wire\t0\t2002\t2008\t59\t{N}",
        f"tt0000003\tmovie\tSolaris\tСолярис\t0\t1972\t{N}\t{N}\tDrama,Sci-Fi",
    ),
    "title.ratings.tsv": _lines("tconst\taverageRating\tnumVotes", "tt0000001\t8.3\t700000", "tt0000003\t7.9\t98000"),
    "title.principals.tsv": _lines(
        "tconst\tordering\tnconst\tcategory\tjob\tcharacters",
        f"tt0000001\t1\tnm0000001\tactor\t{N}\t{N}",
        f"tt0000001\t2\tnm0000002\tdirector\t{N}\t{N}",
    ),
    "name.basics.tsv": _lines("nconst\tprimaryName", "nm0000001\tAl Pacino", "nm0000002\tMichael Mann"),
}
MUSICBRAINZ = _lines(
    "id,artist_credit_id,artist_mbids,artist_credit_name,release_mbid,release_name,recording_mbid,recording_name,"
    "combined_lookup,score,year",
    f'1,1,x,"Simon, Paul",{RELEASE.format(1)},Graceland,{RECORDING.format(1)},"Call Me ""Al""",x,1,1986',
    f"2,1,x,Paul Simon,{RELEASE.format(1)},Graceland,{RECORDING.format(2)},Graceland,x,1,1986",
    f"3,1,x,Nina Simone,,,{RECORDING.format(3)},Sinnerman,x,1,",
)
MOVIELENS: Files = {
    "movies.csv": _lines("movieId,title,genres", "1,Heat (1995),Crime|Drama", '2,"Postman, The (Il Postino) (1994)",X'),
    "links.csv": _lines("movieId,imdbId,tmdbId", "1,0113277,949", "2,,"),
    "ratings.csv": _lines("userId,movieId,rating,timestamp", "1,1,4.0,1", "2,1,4.5,1"),
}
JSONL = _lines(
    json.dumps(
        {"kind": "film", "title": "Heat", "year": 1995, "ids": {"imdb": "tt0113277"}, "people": {"actor": ["A"]}}
    ),
    json.dumps({"kind": "track", "title": "So What", "artist": "Miles", "album": "Blue", "ids": {"spotify": "x1"}}),
)
ARCHIVE: Files = {
    "manifest.json": json.dumps(
        {
            "format": "mediarec-person",
            "version": 1,
            "wishes": {"novelty": 0.5, "ownership": "any"},
            "rows": {"items": 2},
        }
    ).encode(),
    "items.jsonl": _lines(
        json.dumps({"item": 3, "kind": "film", "title": "Heat", "year": 1995, "genres": ["Crime"], "popularity": 0.5}),
        json.dumps({"item": 8, "kind": "track", "title": "So What", "people": {"artist": ["Miles"]}, "parent": None}),
    ),
    "events.jsonl": _lines(
        json.dumps({"item": 3, "what": "rated", "value": 0.9, "occurred_at": "2024-05-31T20:00:00+00:00"}),
        json.dumps({"item": 8, "what": "played", "progress": 1.0, "occurred_at": "2024-06-01T20:00:00+00:00"}),
    ),
    "playlists.jsonl": _lines(
        json.dumps({"name": "Late", "note": "", "items": [8], "wish": {}, "created_at": "2024-06-01T20:00:00+00:00"})
    ),
}
# Reader, the file to corrupt, and its content or the contents of all files of the sample by name.
SAMPLES: tuple[tuple[str, str, bytes | Files], ...] = (
    *(("imdb", name, IMDB) for name in IMDB),
    ("musicbrainz", "canonical_musicbrainz_data.csv", MUSICBRAINZ),
    *(("movielens", name, MOVIELENS) for name in MOVIELENS),
    ("jsonl", "catalogue.jsonl", JSONL),
)
