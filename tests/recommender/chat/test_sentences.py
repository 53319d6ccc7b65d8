"""How well sentences of real people are read, on the half that the parser was not tuned to."""

import pytest

from benchmarks.sentences import measure, read_sentences, store_catalogue

EXACT_ENOUGH = 0.85
REFUSALS_ENOUGH = 0.95


@pytest.fixture(autouse=True)
def _catalogue(db: None) -> None:
    store_catalogue()


def test_both_halves_hold_enough_sentences_and_refusals() -> None:
    rows = read_sentences()
    untouched = [row for row in rows if row.is_untouched]
    assert len(rows) >= 300
    assert min(len(untouched), len(rows) - len(untouched)) > 120
    assert sum(row.refuses for row in untouched) >= 30


def test_it_reads_every_slot_of_most_sentences_it_was_not_tuned_to() -> None:
    figures = measure(row for row in read_sentences() if row.is_untouched)
    assert figures.exact >= EXACT_ENOUGH
    assert figures.negation >= REFUSALS_ENOUGH
