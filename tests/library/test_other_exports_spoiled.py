"""Letterboxd, playlists, MovieLens, tables and NFOs, spoiled: rows or sentences come out. See `make fuzz`."""

from pathlib import Path

import pytest

from tests.fuzzing import fuzz, list_samples
from tests.library.other_exports import SAMPLES, Content

NAMES = [f"{importer}-{name}" for importer, name, _ in SAMPLES]


@pytest.mark.parametrize(("importer", "name", "content"), SAMPLES, ids=NAMES)
def test_two_hundred_spoiled_files_give_rows_or_sentences(
    tmp_path: Path, importer: str, name: str, content: Content
) -> None:
    assert fuzz(importer, name, content, 200, tmp_path) > (3 if importer == "nfo" else 20)  # half a short NFO is none


def test_make_fuzz_has_a_sample_of_every_format_but_folders_and_what_we_write_ourselves() -> None:
    from mediarec.library.importers.registry import IMPORTERS

    fuzzed = {importer for importer, _, _ in list_samples()}
    assert set(IMPORTERS) - fuzzed == {"watched", "folder"}
