"""Blending, diversity and media shares, on numbers that can be checked by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from recommender.items.media_types import MEDIUM_OF, Medium
from recommender.ranking.diversity import DiversitySettings, interleave_by_share, media_shares, select_diverse
from recommender.ranking.scoring import PERSONAL, blend, choose_weights
from recommender.ranking.standardisation import standardise
from recommender.retrieval.pool import PoolItem
from recommender.types import Candidate

DAY = datetime(2025, 1, 1, tzinfo=UTC)
EQUAL = dict.fromkeys(Medium, 1.0)


def candidate(item_id: int, score: float, kind: str = "film", **sources: float) -> Candidate:
    return Candidate(item_id, kind, sources, score)


def pool_item(item_id: int, *, lead: int = 0, parent: int | None = None, genre: str = "x") -> PoolItem:
    return PoolItem(item_id, "film", f"Title {item_id}", 2000, parent, 0.5, DAY, (genre,), (lead or 1000 + item_id,))


def column(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, dtype=np.float32)


def test_missing_values_count_as_average_and_constant_columns_as_zero() -> None:
    scores = standardise(column(1.0, 3.0, float("nan")))
    assert scores.tolist() == pytest.approx([-1.0, 1.0, 0.0])
    assert standardise(column(2.0, 2.0)).tolist() == [0.0, 0.0]


def test_scores_stay_between_zero_and_one_and_keep_the_order() -> None:
    columns = {"taste": column(0.1, 0.5, 0.9), "disliked": column(0, 0, 0)}
    scores = blend(columns, PERSONAL[Medium.SCREEN])
    assert 0 < scores[0] < scores[1] < scores[2] < 1


def test_similarity_to_a_disliked_item_outweighs_a_good_score() -> None:
    columns = {"taste": column(0.4, 0.5), "disliked": column(0.0, 1.0)}
    scores = blend(columns, PERSONAL[Medium.SCREEN])
    assert scores[0] > scores[1]


def test_popularity_fades_as_a_history_grows() -> None:
    new, known = choose_weights(Medium.SCREEN, 0, False), choose_weights(Medium.SCREEN, 200, False)
    assert new.popularity > 5 * known.popularity


def test_the_film_model_leads_in_films_alone() -> None:
    assert PERSONAL[Medium.SCREEN].taste > PERSONAL[Medium.SCREEN].content
    assert PERSONAL[Medium.MUSIC].taste < PERSONAL[Medium.MUSIC].content


def test_media_are_interleaved_by_share() -> None:
    ordered = {
        Medium.SCREEN: [candidate(n, 0.9) for n in range(10)],
        Medium.MUSIC: [candidate(n, 0.1, "track") for n in range(10, 20)],
    }
    row = interleave_by_share(ordered, {Medium.SCREEN: 0.75, Medium.MUSIC: 0.25}, 8)
    assert [MEDIUM_OF[c.kind] for c in row].count(Medium.SCREEN) == 6
    assert row[0].kind == "film"


def test_a_medium_with_larger_scores_does_not_displace_another() -> None:
    films = [candidate(n, 0.99 - n / 100) for n in range(10)]
    tracks = [candidate(n, 0.2, "track") for n in range(10, 20)]
    items = {c.item_id: pool_item(c.item_id) for c in films + tracks}
    row = select_diverse(films + tracks, items, {}, 10, EQUAL)
    assert sum(c.kind == "track" for c in row) == 5


def test_a_row_holds_two_items_of_one_creator_unless_nothing_else_is_left() -> None:
    candidates = [candidate(n, 1 - n / 100) for n in range(20)]
    items = {n: pool_item(n, lead=7 if n < 10 else 0) for n in range(20)}
    row = select_diverse(candidates, items, {}, 12, EQUAL)
    assert sum(c.item_id < 10 for c in row) == 2
    short = select_diverse(candidates[:10], items, {}, 12, EQUAL)
    assert len(short) == 10


def test_an_album_and_its_tracks_take_one_slot() -> None:
    candidates = [candidate(n, 1 - n / 100) for n in range(15)]
    items = {n: pool_item(n, parent=99 if n < 5 else None) for n in range(15)}
    assert sum(c.item_id < 5 for c in select_diverse(candidates, items, {}, 10, EQUAL)) == 1


def test_of_two_equal_scores_the_more_diverse_comes_second() -> None:
    candidates = [candidate(1, 0.9), candidate(2, 0.89), candidate(3, 0.8)]
    vectors = {1: column(1, 0), 2: column(1, 0), 3: column(0, 1)}
    items = {n: pool_item(n) for n in (1, 2, 3)}
    row = select_diverse(candidates, items, vectors, 3, EQUAL, DiversitySettings(relevance=0.5))
    assert [c.item_id for c in row] == [1, 3, 2]


def test_media_share_a_list_by_how_well_they_match() -> None:
    films = [Candidate(n, "film", {}, 0.5, {"query": 0.8 - n / 100}) for n in range(10)]
    clips = [Candidate(n, "video", {}, 0.9, {"query": 0.1}) for n in range(10, 20)]
    assert media_shares(films + clips, 10)[Medium.VIDEO] == 0
    shares = media_shares(films + clips, 20)
    assert 0 < shares[Medium.VIDEO] < shares[Medium.SCREEN] / 10
