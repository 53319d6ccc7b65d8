"""Import time of a synthetic IMDb dump, first and repeated, against a bare COPY of the same rows."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.copy_baseline import copy_same, read_processor
from benchmarks.progress import report_progress
from mediarec.library import catalogues
from mediarec.library.catalogues import CatalogueFilters

TABLES = ("library_contributor", "library_item", "library_externalid", "library_credit")
GENRES = ("Drama", "Comedy", "Crime", "Documentary", "Horror", "Romance", "Action")
WORDS = ("night", "river", "house", "winter", "last", "blue", "road", "letter", "garden", "stone", "silent", "tiger")
HEADER = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres"


def measure(titles: int, seed: int = 1) -> dict[str, Any]:
    """Imports `titles` films with votes into an empty library; the tables are emptied first."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        _write_dump(path, titles, seed)
        bare = _copy_bare(path / "title.basics.tsv")
        seconds, processor, told = _time_import(path)
        again_seconds, _, again = _time_import(path)
        same = copy_same(TABLES)
    if (told["added"], again["added"], again["updated"]) != (titles, 0, 0):
        raise RuntimeError(f"the catalogue did not come in as it should have: {told}, {again}")
    return {
        "rows": titles,
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "unchanged_again_seconds": round(again_seconds, 2),
        "bare_copy_seconds": round(bare, 2),
        "same_tables_seconds": round(same.seconds, 2),
        "same_tables_processor_seconds": round(same.processor, 2),
        "over_bare_copy": round(seconds / bare, 1),
        "over_same_tables": round(seconds / same.seconds, 2),
        "over_same_tables_processor": round(processor / same.processor, 2),
    }


def _write_dump(folder: Path, titles: int, seed: int) -> None:
    noise = random.Random(seed)
    with (
        (folder / "title.basics.tsv").open("w", encoding="utf-8") as basics,
        (folder / "title.ratings.tsv").open("w", encoding="utf-8") as ratings,
    ):
        basics.write(f"{HEADER}\n")
        ratings.write("tconst\taverageRating\tnumVotes\n")
        for number in range(1, titles + 1):
            title = f"{' '.join(noise.choices(WORDS, k=3)).title()} {number}"
            genres = ",".join(noise.sample(GENRES, 2))
            about = (title, title, "0", noise.randrange(1920, 2025), r"\N", noise.randrange(60, 180), genres)
            basics.write("\t".join(map(str, (f"tt{number:07d}", "movie", *about))) + "\n")
            ratings.write(f"tt{number:07d}\t{noise.randrange(10, 100) / 10}\t{int(noise.paretovariate(0.7))}\n")


def _time_import(folder: Path) -> tuple[float, float, dict[str, Any]]:
    started, processor = time.perf_counter(), read_processor()
    told = catalogues.import_catalogue("imdb", [folder], CatalogueFilters(), _tell).to_json()
    return time.perf_counter() - started, read_processor() - processor, told


def _tell(what: str, done: int, total: int) -> None:
    report_progress("catalogue", f"titles {what}", done, total)


def _copy_bare(path: Path) -> float:
    """COPYs the file's raw rows into a table of text columns without an index."""
    columns = ", ".join(f"{name} text" for name in HEADER.split("\t"))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare_titles ({columns})")
        started = time.perf_counter()
        with path.open("rb") as rows, cursor.copy("COPY bare_titles FROM STDIN WITH (HEADER)") as copied:
            while block := rows.read(1024 * 1024):
                copied.write(block)
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE bare_titles")
    return seconds
