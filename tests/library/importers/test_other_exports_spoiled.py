"""Corrupted Letterboxd, playlist, MovieLens, table and NFO files give rows or sentences. See `make fuzz`."""

from pathlib import Path

import pytest

from tests.fuzzing import fuzz, list_samples
from tests.library.importers.other_exports import SAMPLES, Content

NAMES = [f"{importer}-{name}" for importer, name, _ in SAMPLES]


@pytest.mark.parametrize(("importer", "name", "content"), SAMPLES, ids=NAMES)
def test_two_hundred_corrupted_files_give_rows_or_sentences(
    tmp_path: Path, importer: str, name: str, content: Content
) -> None:
    assert fuzz(importer, name, content, 200, tmp_path) > (
        3 if importer == "nfo" else 20
    )  # half of a short NFO is not an NFO


def test_the_fuzzer_has_a_sample_of_every_format_except_folders_and_scan_lists() -> None:
    from mediarec.library.importers.registry import IMPORTERS

    fuzzed = {importer for importer, _, _ in list_samples()}
    assert set(IMPORTERS) - fuzzed == {"watched", "folder"}
