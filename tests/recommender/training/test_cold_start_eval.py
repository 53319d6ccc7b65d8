"""Cold-start evaluation: withheld items, and metrics that can be computed by hand."""

import numpy as np

from recommender.training.cold_start_eval import (
    ColdStartConfig,
    choose_withheld,
    evaluate_cold_start,
    rank_by_popularity,
    rank_by_similarity,
    rank_last,
    restrict_items,
    summarise,
)
from recommender.training.movielens import TrainingData
from recommender.training.trainer import Progress
from tests.recommender.training.test_trainer import CONFIG, PLAN, make_checkerboard


def make_line(*sequences: list[int], items: int = 5) -> TrainingData:
    """Items on a quarter circle: adjacent row indices have similar vectors."""
    angles = np.linspace(0, np.pi / 2, items)
    text = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    events = [np.array(sequence, dtype=np.int64) for sequence in sequences]
    return TrainingData({"text": text}, {"text": np.ones(items, bool)}, events, "line")


def test_a_restricted_library_has_no_events_of_other_items() -> None:
    restricted = restrict_items(make_line([0, 1, 2, 3, 4], [0, 2]), np.array([1, 3, 4]), fewest_events=3)
    assert [events.tolist() for events in restricted.sequences] == [[0, 1, 2]]
    assert restricted.item_count == 3
    assert np.array_equal(restricted.vectors["text"], make_line().vectors["text"][[1, 3, 4]])


def test_the_same_seed_withholds_the_same_items() -> None:
    data = make_checkerboard()
    withheld = choose_withheld(data, ColdStartConfig(share=0.25))
    assert len(withheld) == len(set(withheld.tolist())) == 10
    assert np.array_equal(withheld, choose_withheld(data, ColdStartConfig(share=0.25)))
    assert not np.array_equal(withheld, choose_withheld(data, ColdStartConfig(share=0.25, seed=8)))


def test_similarity_ranks_the_nearest_item_first() -> None:
    assert rank_by_similarity(make_line([0, 1], [0, 4], [4, 2])).tolist() == [0, 3, 1]


def test_popularity_counts_training_events_only_and_ties_count_against_the_target() -> None:
    # Items 0 and 3 stand in two training parts each; the rest only among held-back events.
    data = make_line([0, 1, 2], [0, 3, 1, 2], [3, 4, 0])
    assert rank_by_popularity(data).tolist() == [2, 1, 0]


def test_nan_scores_rank_last() -> None:
    data = make_line([0, 1])
    assert rank_last(data, np.full((1, 5), np.nan, dtype=np.float32)).tolist() == [4]


def test_ndcg_gains_fall_with_the_rank_and_end_at_ten() -> None:
    assert summarise(np.array([0, 2, 9, 10])) == {"hr@10": 0.75, "ndcg@10": round((1 + 0.5 + 1 / np.log2(11)) / 4, 4)}


def test_the_evaluation_reports_every_epoch_and_the_baselines() -> None:
    seen: list[Progress] = []
    result = evaluate_cold_start(
        CONFIG, PLAN, make_checkerboard(), seen.append, ColdStartConfig(share=0.5, fewest_events=4)
    )
    library = result["new_library"]
    assert len(seen) == len(library["model by epoch"]) == result["epochs"] == PLAN.epochs
    assert result["withheld_items"] == 20
    assert {"model", "text similarity", "popularity", "chance"} <= set(library)
    # Two groups of about ten: who knows the groups finds the item in the first ten nearly always.
    assert library["model"]["hr@10"] > 0.9
