"""Figures that the product shows are those of the kept results, which the product itself never reads."""

import json

from recommender.backends.catalogue import ENCODER_BENCHMARKS
from tests.source_files import ROOT, list_source_files

RESULTS = "benchmarks/results"


def test_the_models_page_shows_what_was_measured_last() -> None:
    kept = json.loads((ROOT / RESULTS / "understanding.json").read_text(encoding="utf-8"))["encoders"]
    assert {name: (one["memory_mb"], one["quality"]) for name, one in kept.items()} == ENCODER_BENCHMARKS


def test_the_product_reads_no_result() -> None:
    """Neither by its path nor by the folder's name joined to another."""
    templates = (ROOT / "templates").rglob("*.html")
    files = [path for path in [*list_source_files(), *templates] if ROOT / "benchmarks" not in path.parents]
    assert len(files) > 400
    found = [path.relative_to(ROOT) for path in files if _names_results(path.read_text(encoding="utf-8"))]
    assert found == []


def test_a_mention_of_the_results_is_found() -> None:
    assert _names_results('BASE / "benchmarks" / "results" / "home.json"')
    assert _names_results('open("benchmarks/results/home.json")')
    assert not _names_results("from benchmarks import results_of_search")


def _names_results(text: str) -> bool:
    return RESULTS in text or '"benchmarks" / "results"' in text
