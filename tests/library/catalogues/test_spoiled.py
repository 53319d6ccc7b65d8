"""Corrupted catalogues and archives give rows or sentences and nothing else; a failed import leaves nothing."""

import gzip
from pathlib import Path

import pytest

from mediarec.library import catalogues
from mediarec.library.errors import MediarecError
from mediarec.library.importers.base import ReadOptions
from mediarec.library.importers.registry import choose_importer
from mediarec.library.importers.source import Source
from mediarec.library.models import CatalogueRun, Item
from tests.fuzzing import CATALOGUE, Content, fuzz
from tests.library.catalogues.samples import ARCHIVE, MUSICBRAINZ, SAMPLES


@pytest.mark.parametrize(("name", "file", "content"), SAMPLES, ids=[f"{sample[0]}-{sample[1]}" for sample in SAMPLES])
def test_two_hundred_corrupted_catalogues_give_rows_or_sentences(
    name: str, file: str, content: Content, tmp_path: Path
) -> None:
    assert fuzz(f"{name}{CATALOGUE}", file, content, 200, tmp_path) > 20


@pytest.mark.parametrize("file", sorted(ARCHIVE))
def test_two_hundred_corrupted_archives_give_rows_or_sentences(file: str, tmp_path: Path) -> None:
    unrejected = fuzz("mediarec", file, ARCHIVE, 200, tmp_path)
    assert unrejected > (0 if file == "manifest.json" else 20)  # almost any change breaks that small object


def test_the_intact_archive_is_read_without_problems(tmp_path: Path) -> None:
    for name, content in ARCHIVE.items():
        (tmp_path / name).write_bytes(content)
    importer = choose_importer(Source(tmp_path))
    rows = list(importer.parse(Source(tmp_path), ReadOptions()))
    assert importer.name == "mediarec"
    assert not [row.problem for row in rows if row.problem]
    assert [len(row.events) for row in rows if row.work] == [1, 1]


@pytest.mark.django_db
def test_a_field_of_ten_million_characters_is_cut_and_the_rest_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "canonical_musicbrainz_data.csv"
    path.write_bytes(MUSICBRAINZ.replace(b"Sinnerman", b"x" * 10_000_000))
    summary = catalogues.import_catalogue("musicbrainz", [path])
    assert (summary.counts["added"], summary.counts["rejected"]) == (3, 1)


@pytest.mark.django_db
def test_a_truncated_archive_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "canonical_musicbrainz_data.csv.gz"
    path.write_bytes(gzip.compress(MUSICBRAINZ * 300)[:-40])
    with pytest.raises(MediarecError, match=r"cannot be read"):
        catalogues.import_catalogue("musicbrainz", [path])
    assert not CatalogueRun.objects.exists() and not Item.objects.exists()
