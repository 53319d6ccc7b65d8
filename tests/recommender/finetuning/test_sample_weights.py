"""Sample weights of rare items and long plays, with values that can be derived by hand."""

import numpy as np

from recommender.finetuning.sample_weights import SAMPLE_WEIGHTS, CompletionScale, invert_propensities


def test_rare_items_weigh_more_within_the_clips_with_mean_one() -> None:
    weights = invert_propensities(np.array([100.0, 25.0, 1.0, 1.0]))
    assert np.allclose(weights * 9 / 4, [1, 2, 3, 3])  # 1/(n/100)^0.5 is 1, 2, 10, 10; clipped at 3; the mean is 9/4
    assert weights.mean() == 1


def test_no_events_have_no_weights() -> None:
    assert not len(invert_propensities(np.zeros(0)))


def test_half_of_a_clip_weighs_less_than_half_of_a_film() -> None:
    clips, films = [0.9, 1.0] * 20, [0.1, 0.3] * 20
    scale = CompletionScale([180.0] * 40 + [7200.0] * 40, clips + films)
    assert scale.weigh(7200, 0.5) == SAMPLE_WEIGHTS.most_completion  # further than any film was seen
    assert scale.weigh(180, 0.5) == SAMPLE_WEIGHTS.least_completion  # every clip went further
    assert scale.weigh(180, 0.95) == 1.0  # half of the clips went further


def test_without_a_length_the_progress_itself_is_used() -> None:
    scale = CompletionScale([], [])
    assert scale.weigh(None, None) == scale.weigh(7200, None) == 1.0
    assert scale.weigh(None, 1.0) == scale.weigh(7200, 1.0) == SAMPLE_WEIGHTS.most_completion


def test_with_few_plays_of_a_length_the_progress_itself_is_used() -> None:
    scale = CompletionScale([7200.0] * 3, [0.1, 0.1, 0.1])
    assert scale.weigh(7200, 0.0) == SAMPLE_WEIGHTS.least_completion
    assert scale.weigh(7200, 0.5) == 1.0
