"""Shares of belief over items and what a question about them is worth. Pure arithmetic; knows no words and no tables.

Expected information is the entropy of the answer less what stays random once the item is known: the mutual
information of answer and item, in bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAST_GAIN_BITS = 0.05  # a choice that tells less than this apart only fills the row
COVERING_BITS = 0.2
SLIP = 0.02  # of answers that do not fit the item one has in mind: nothing is ever ruled out for good


def softmax(scores: Floats, sharpness: float) -> Floats:
    """A softmax: shares of belief, (n,), adding up to one."""
    raw = np.exp(sharpness * (scores - scores.max(initial=0.0)))
    return np.asarray(raw / raw.sum())


def expect_answers(carried: Flags) -> Floats:
    """How likely each item makes each answer, (n, k + 1): one of the offered things it carries, (n, k), or none."""
    weights = np.column_stack([carried, ~carried.any(axis=1)]).astype(np.float64)
    shares = weights / weights.sum(axis=1, keepdims=True)
    return np.asarray((1 - SLIP) * shares + SLIP / weights.shape[1])


def expected_information(shares: Floats, carried: Flags) -> float:
    """Expected information of a question that offers these things, (n, k), under the belief (n,)."""
    most = carried.shape[1]
    counts = carried.sum(axis=1)
    divided = shares / np.maximum(counts, 1)
    overall = np.append(divided @ carried, shares[counts == 0].sum())
    overall = (1 - SLIP) * overall + SLIP / (most + 1)
    by_count = np.array([_entropy(expect_answers(np.arange(most)[None, :] < count)[0]) for count in range(most + 1)])
    return _entropy(overall) - float(shares @ by_count[counts])


def answer_information(shares: Floats, answers: Floats) -> float:
    """The same for answers of any shape: how likely each item makes each of them, (n, a), none of them never."""
    own = -np.sum(answers * np.log2(answers), axis=1)
    return _entropy(shares @ answers) - float(shares @ own)


def _entropy(chances: Floats) -> float:
    return float(-np.sum(chances * np.log2(chances)))


def update(shares: Floats, likelihood: Floats) -> Floats:
    """The belief after an answer that each item makes with this likelihood, (n,)."""
    raw = shares * likelihood
    return np.asarray(raw / raw.sum())


def pick_columns(shares: Floats, carried: Flags, most: int, considered: int = 40) -> tuple[list[int], float]:
    """The columns of (n, w) to offer together, chosen one after the other by what each adds, and their bits."""
    mass = shares.astype(np.float32) @ carried.astype(np.float32)
    tried = [int(place) for place in np.argsort(-mass * (1 - mass), kind="stable")[:considered] if 0 < mass[place] < 1]
    picked: list[int] = []
    best = bits = 0.0
    while tried and len(picked) < most:
        worth = [_weigh_choices(shares, carried[:, [*picked, place]]) for place in tried]
        first = max(range(len(tried)), key=lambda place: sum(worth[place]))
        if sum(worth[first]) < best + LEAST_GAIN_BITS:
            break
        best, bits = sum(worth[first]), worth[first][0]
        picked.append(tried.pop(first))
    return picked, bits


def _weigh_choices(shares: Floats, carried: Flags) -> tuple[float, float]:
    """Bits, and what it is worth that the answer is among the choices: "none of these" is no pleasure to say."""
    return expected_information(shares, carried), COVERING_BITS * float(shares @ carried.any(axis=1))
