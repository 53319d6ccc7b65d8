"""Information gain of questions, on beliefs whose answer can be derived by hand."""

import numpy as np
import pytest

from recommender.elicitation.information_gain import (
    answer_probabilities,
    bayes_update,
    expected_information,
    pick_columns,
    softmax,
)


def test_a_question_that_halves_four_likely_items_is_worth_nearly_one_bit() -> None:
    shares = np.full(4, 0.25)
    halves = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.bool_)
    assert expected_information(shares, halves) == pytest.approx(1.0, abs=0.15)
    assert expected_information(shares, np.ones((4, 1), dtype=np.bool_)) == pytest.approx(0.0, abs=1e-9)


def test_bits_are_the_mutual_information_of_item_and_answer() -> None:
    random = np.random.default_rng(3)
    carried = random.random((30, 3)) < 0.4
    shares = softmax(random.random(30), 2.0)
    answers = answer_probabilities(carried)
    joint = shares[:, None] * answers
    expected = float(np.sum(joint * np.log2(joint / (shares[:, None] * joint.sum(axis=0)))))
    assert expected_information(shares, carried) == pytest.approx(expected)


def test_an_item_with_every_offered_value_answers_at_random_and_gives_no_information() -> None:
    shares = np.full(4, 0.25)
    everything = np.ones((4, 2), dtype=np.bool_)
    assert expected_information(shares, everything) == pytest.approx(0.0, abs=1e-9)


def test_redundant_columns_are_not_offered_together() -> None:
    shares = np.full(8, 1 / 8)
    first = np.array([1, 1, 1, 1, 0, 0, 0, 0], dtype=np.bool_)
    second = np.array([0, 0, 0, 0, 1, 1, 0, 0], dtype=np.bool_)
    picked, bits = pick_columns(shares, np.column_stack([first, first, second]), 3)
    assert sorted(picked) in ([0, 2], [1, 2])
    assert bits > 1.0


def test_an_answer_raises_matching_items_and_rules_none_out() -> None:
    shares = softmax(np.array([0.5, 0.5, 0.5]), 3.0)
    carried = np.array([[True], [False], [False]])
    after = bayes_update(shares, answer_probabilities(carried)[:, 0])
    assert after.sum() == pytest.approx(1.0)
    assert after[0] > 0.9 and (after[1:] > 0).all()
