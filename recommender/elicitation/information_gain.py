"""Expected information gain of a question about items, and Bayesian updates. Pure arithmetic; knows no tables.

The gain is the mutual information of answer and item in bits: the entropy of the answer minus its conditional entropy
given the item.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAST_GAIN_BITS = 0.05  # choices that add less information are not offered
COVERING_BITS = 0.2
ERROR_RATE = 0.02  # probability of a wrong answer, so that no item is ever ruled out for good


def softmax(scores: Floats, sharpness: float) -> Floats:
    """(n,) scores -> (n,) probabilities; `sharpness` is the inverse temperature."""
    raw = np.exp(sharpness * (scores - scores.max(initial=0.0)))
    return np.asarray(raw / raw.sum())


def answer_probabilities(carried: Flags) -> Floats:
    """(n, k) which item has which value -> (n, k + 1) probability of each answer given the item, "none" last."""
    weights = np.column_stack([carried, ~carried.any(axis=1)]).astype(np.float64)
    shares = weights / weights.sum(axis=1, keepdims=True)
    return np.asarray((1 - ERROR_RATE) * shares + ERROR_RATE / weights.shape[1])


def expected_information(shares: Floats, carried: Flags) -> float:
    """Bits of a question that offers these values, (n, k), under the belief (n,)."""
    width = carried.shape[1]
    counts = carried.sum(axis=1)
    per_value = shares / np.maximum(counts, 1)
    overall = np.append(per_value @ carried, shares[counts == 0].sum())
    overall = (1 - ERROR_RATE) * overall + ERROR_RATE / (width + 1)
    by_count = np.array(
        [_entropy(answer_probabilities(np.arange(width)[None, :] < count)[0]) for count in range(width + 1)]
    )
    return _entropy(overall) - float(shares @ by_count[counts])


def answer_information(shares: Floats, answers: Floats) -> float:
    """Bits of a question with any answers: (n, a) probability of each answer given the item, none of them zero."""
    conditional = -np.sum(answers * np.log2(answers), axis=1)
    return _entropy(shares @ answers) - float(shares @ conditional)


def _entropy(probabilities: Floats) -> float:
    return float(-np.sum(probabilities * np.log2(probabilities)))


def bayes_update(shares: Floats, likelihood: Floats) -> Floats:
    """Bayes' rule: the belief (n,) after an answer with this likelihood (n,) under each item."""
    raw = shares * likelihood
    return np.asarray(raw / raw.sum())


def pick_columns(shares: Floats, carried: Flags, most: int, considered: int = 40) -> tuple[list[int], float]:
    """Greedy choice of at most `most` columns of (n, w) to offer together; returns them and their bits."""
    mass = shares.astype(np.float32) @ carried.astype(np.float32)
    order = np.argsort(-mass * (1 - mass), kind="stable")[:considered]
    candidates = [int(column) for column in order if 0 < mass[column] < 1]
    picked: list[int] = []
    best = bits = 0.0
    while candidates and len(picked) < most:
        values = [_value_of_choices(shares, carried[:, [*picked, column]]) for column in candidates]
        first = max(range(len(candidates)), key=lambda index: sum(values[index]))
        if sum(values[first]) < best + LEAST_GAIN_BITS:
            break
        best, bits = sum(values[first]), values[first][0]
        picked.append(candidates.pop(first))
    return picked, bits


def _value_of_choices(shares: Floats, carried: Flags) -> tuple[float, float]:
    """Bits, and a bonus for the probability that the answer is among the choices, since "none of these" annoys."""
    return expected_information(shares, carried), COVERING_BITS * float(shares @ carried.any(axis=1))
