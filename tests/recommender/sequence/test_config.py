"""The network's configuration as it stands beside weights of any version."""

import json
from typing import Any

import pytest

from recommender.sequence.config import EaseConfig, MarkovChainConfig, RankerConfig, SmoothingConfig

WHOLE = RankerConfig(
    dims=32,
    block="ligr",
    feed=2.0,
    is_unit=False,
    widths=(8, 16),
    transitions=MarkovChainConfig(window=2, powers=(0.5, 0.25)),
    neighbours=EaseConfig(ridge=7.0, powers=(1.5, 0.5)),
    borrowing=SmoothingConfig(lenders=3),
    modality_dims={"text": 4},
)
EARLIER: dict[str, Any] = {
    "dims": 32, "block": "ligr", "feed": 2.0, "is_unit": False, "widths": [8, 16],
    "transitions": {"window": 2, "fade": 0.7, "smoothing": 10.0, "floor": 0.001, "powers": [0.5, 0.25]},
    "neighbours": {"ridge": 7.0, "fade": 0.93, "kept": 400, "powers": [1.5, 0.5]}, "modality_dims": {"text": 4},
    "borrowing": {"lenders": 3, "temperature": 0.1, "own": 0.5, "half": 10.0, "most_events": 20},
}  # fmt: skip


def test_it_is_read_back_as_it_was_written() -> None:
    assert RankerConfig.from_json(json.loads(json.dumps(WHOLE.to_json()))) == WHOLE
    assert RankerConfig.from_json(json.loads(json.dumps(RankerConfig().to_json()))) == RankerConfig()


def test_what_another_version_wrote_is_read() -> None:
    assert RankerConfig.from_json(EARLIER) == WHOLE
    assert RankerConfig.from_json({}) == RankerConfig()
    assert RankerConfig.from_json({"heads": 4, "dropped_since": 1, "borrowing": None}) == RankerConfig(heads=4)


@pytest.mark.parametrize(
    "broken", [{"dims": "wide"}, {"widths": 8}, {"transitions": [1]}, {"modality_dims": {"a": []}}]
)
def test_a_value_of_no_use_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(broken))):
        RankerConfig.from_json(broken)
