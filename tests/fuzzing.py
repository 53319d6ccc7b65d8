"""Spoils a small export in seeded ways and reads it: only the project's own errors may come out. Also `make fuzz`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

from mediarec.library.catalogues.base import CatalogueFilters, CatalogueWork, SkippedRow
from mediarec.library.catalogues.registry import find_reader
from mediarec.library.errors import MediarecError
from mediarec.library.importers.base import ReadOptions, bound_work
from mediarec.library.importers.nfo import read_nfo
from mediarec.library.importers.registry import choose_importer, load_importer
from mediarec.library.importers.source import Source

Content = bytes | Mapping[str, bytes]  # of one file, or of several by their names
CATALOGUE = " catalogue"  # stands after the name of a reader of catalogues
SECONDS_PER_MB, LEAST_TIME = 1.0, 0.5  # of the processor; the second for what the machine does besides
PIECES = (
    *(b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b",", b";", b"\t", b"\r", b"\n", b"{", b"}", b"[", b"]"),
    *(b"null", b"true", b"-1", b"1e999", b"NaN", b"9" * 40, b"0000-00-00", b"2024-13-45", b"<!ENTITY a 'b'>", b"&a;"),
    *(b"\\ud800", b"\xf0\x9f\x8e\xac", b"<", b">", b"</anime>", b"[[[[" * 50, b'{"a":' * 200, b"\xe9", b": ", b"::"),
)


def mutate(content: bytes, random: Random) -> bytes:
    """One to six changes: pieces put in, bytes changed, stretches cut, doubled or moved."""
    spoiled = bytearray(content)
    for _ in range(random.randint(1, 6)):
        start = random.randrange(len(spoiled) + 1)
        end = min(len(spoiled), start + random.choice((1, 2, 8, 64, 512)))
        choice = random.randrange(5)
        if choice == 0:
            spoiled[start:start] = random.choice(PIECES)
        elif choice == 1:
            spoiled[start:end] = random.choice(PIECES)
        elif choice == 2:
            del spoiled[start:end]
        elif choice == 3:
            spoiled[start:start] = spoiled[start:end]
        elif start < len(spoiled):
            spoiled[start] = random.randrange(256)
    return bytes(spoiled)


def read_spoiled(importer: str, path: Path) -> int:
    """How many rows came out. Anything but a row or one of the project's errors is raised to who called."""
    source = Source(path)
    try:
        choose_importer(source)
        rows = 0
        for row in load_importer(importer).parse(source, ReadOptions()):
            rows += 1
            assert row.work or row.problem or row.note, f"{row.location} says nothing"
            assert not row.work or row.work.title, f"{row.location} has no title"
            json.dumps([dict(row.raw), row.work.to_json() if row.work else None], allow_nan=False)
            assert all(event.value is None or 0 <= event.value <= 1 for event in row.events), row.location
    except MediarecError:
        return 0
    return rows


def read_spoiled_nfo(_: str, path: Path) -> int:
    """The same for what stands beside a film."""
    try:
        work = read_nfo(path.read_bytes())
    except MediarecError:
        return 0
    assert work.title
    json.dumps(bound_work(work).to_json(), allow_nan=False)
    return 1


def read_spoiled_catalogue(catalogue: str, path: Path) -> int:
    """The same for a reader of catalogues."""
    rows = 0
    try:
        for row in find_reader(catalogue).read([path], CatalogueFilters()):
            rows += 1
            if isinstance(row, SkippedRow):
                assert row.location and row.reason
            elif isinstance(row, CatalogueWork):
                assert row.work.title and (row.key is None or row.key.value), row.location
                json.dumps(bound_work(row.work).to_json(), allow_nan=False)
    except MediarecError:
        return 0
    return rows


READERS = {"nfo": read_spoiled_nfo}  # what no importer reads alone


def fuzz(importer: str, name: str, content: Content, count: int, folder: Path, *, is_timed: bool = False) -> int:
    """How many of `count` spoiled files still gave rows; of several files, `name` is the one that is spoiled. The one
    that failed, or `is_timed` and took too long, is named in the error."""
    seed = 7
    random, alive = Random(f"{importer}-{name}-{seed}"), 0
    files = content if isinstance(content, Mapping) else {name: content}
    inside = Path(tempfile.mkdtemp(dir=folder))
    for beside, whole in files.items():
        (inside / beside).write_bytes(whole)
    path = inside if len(files) > 1 else inside / name
    read = READERS.get(importer, read_spoiled_catalogue if importer.endswith(CATALOGUE) else read_spoiled)
    for number in range(count):
        spoiled = mutate(files[name], random)
        (inside / name).write_bytes(spoiled)
        started = time.process_time()
        try:
            alive += read(importer.removesuffix(CATALOGUE), path) > 0
            seconds = time.process_time() - started
            assert not is_timed or seconds <= LEAST_TIME + SECONDS_PER_MB * len(spoiled) / 2**20, f"{seconds:.1f} s"
        except Exception as error:
            error.add_note(f"{importer}: {name}, change {number} of seed {seed}: {spoiled[:400]!r}")
            raise
    return alive


def list_samples() -> Iterator[tuple[str, str, Content]]:
    """(importer, name, content) of every format there is a small sample of."""
    from tests.library.catalogues import samples as catalogue_samples
    from tests.library.importers import other_exports
    from tests.library.importers.music_exports import EXPORTS
    from tests.library.importers.screen_exports import SAMPLES

    yield from ((sample.importer, sample.name, sample.content) for sample in SAMPLES)
    yield from ((export.importer, export.name, export.content.encode()) for export in EXPORTS)
    yield from other_exports.SAMPLES
    yield from ((f"{name}{CATALOGUE}", file, content) for name, file, content in catalogue_samples.SAMPLES)
    yield from (("mediarec", name, catalogue_samples.ARCHIVE) for name in catalogue_samples.ARCHIVE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--only", default="", help="one importer")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for importer, name, content in list_samples():
            if chosen.only in ("", importer):
                alive = fuzz(importer, name, content, chosen.count, Path(folder), is_timed=True)
                sys.stdout.write(f"{importer:20} {name:40} {chosen.count} spoiled, {alive} of them still gave rows\n")
                sys.stdout.flush()
