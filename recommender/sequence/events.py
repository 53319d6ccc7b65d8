"""Encoding of events for the sequence model: event type and time-gap bucket. Knows no tables and no torch."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

EVENT_TYPES: tuple[str, ...] = (
    "played", "finished", "abandoned", "skipped", "liked", "disliked", "rated_high", "rated_low", "saved", "hidden",
)  # fmt: skip
EVENT_INDEX = {name: index + 1 for index, name in enumerate(EVENT_TYPES)}  # 0 is padding
REFERENCE_EVENT = EVENT_INDEX["finished"]  # the reference level; data without types is all of this
UNKNOWN_GAP = 0
GAP_EDGES_SECONDS = tuple(60.0 * 4**power for power in range(11))  # a minute .. about two years
# The length assumed for a gap of each bucket when gaps are summed; an unknown gap counts as 0.
GAP_MIDDLES_SECONDS = (
    0.0,
    GAP_EDGES_SECONDS[0] / 2,
    *((low * high) ** 0.5 for low, high in pairwise(GAP_EDGES_SECONDS)),
    GAP_EDGES_SECONDS[-1] * 2,
)
GAP_COUNT = len(GAP_EDGES_SECONDS) + 2  # below the first edge, between, above the last; and UNKNOWN_GAP


def bucket_gaps(ages_seconds: Sequence[float]) -> NDArray[np.int64]:
    """Bucket of the time between each event and the one before it; ages count back from now, oldest event first."""
    ages = np.asarray(ages_seconds, dtype=np.float64)
    if not len(ages):
        return np.zeros(0, dtype=np.int64)
    gaps = np.concatenate([[np.nan], ages[:-1] - ages[1:]])
    buckets = np.searchsorted(GAP_EDGES_SECONDS, np.nan_to_num(gaps, nan=0.0), side="right") + 1
    return np.where(np.isnan(gaps), UNKNOWN_GAP, buckets).astype(np.int64)
