"""Every ranking feature on vectors of two numbers, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recommender.items.media_types import Medium
from recommender.ranking.features import FeatureInputs, measure_features, nearest_mean
from recommender.ranking.preference_directions import PreferenceDirection
from recommender.ranking.scoring import PERSONAL, blend
from recommender.taste.profile import Profile, VectorSet
from recommender.types import Candidate, Vector
from tests.recommender.builders import make_item, make_profile, unit

ITEM = make_item(7, "rare", "common", leads=(40,), popularity=0.25)


def measure(vector: Vector | None = None, profile: Profile | None = None, **inputs: object) -> dict[str, float]:
    """The features of one candidate, ITEM, found with the given `sources` and measured by the other inputs."""
    sources: dict[str, float] = inputs.pop("sources", {})  # type: ignore[assignment]
    inputs.setdefault("text", {} if vector is None else {7: vector})
    measures = FeatureInputs(**inputs)  # type: ignore[arg-type]
    columns = measure_features([Candidate(7, "film", sources)], {7: ITEM}, profile or make_profile(), measures)
    return {name: float(column[0]) for name, column in columns.items()}


def angle(degrees: float) -> Vector:
    return unit(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))


def test_a_candidate_is_compared_with_the_three_nearest_of_what_was_liked() -> None:
    liked = {1: angle(0), 2: angle(60), 3: angle(90), 4: angle(180)}
    assert measure(angle(0), make_profile(liked))["content"] == pytest.approx((1 + 0.5 + 0) / 3, abs=1e-6)


def test_liked_items_count_by_their_weight_but_never_less_than_seven_tenths() -> None:
    liked = VectorSet((1, 2), np.stack([angle(0), angle(0)]), np.array([2.0, 1.0], dtype=np.float32))
    assert nearest_mean(np.stack([angle(0)]), liked).tolist() == pytest.approx([(1.0 + 0.85) / 2])


def test_only_the_newest_150_liked_items_are_compared() -> None:
    far, near = np.repeat([angle(90)], 150, axis=0), np.repeat([angle(0)], 10, axis=0)
    liked = VectorSet(tuple(range(160)), np.concatenate([far, near]), np.ones(160, dtype=np.float32))
    assert nearest_mean(np.stack([angle(0)]), liked).tolist() == pytest.approx([0.0], abs=1e-6)


@pytest.mark.parametrize(("cosine", "closeness"), [(1.0, 1.0), (0.775, 0.5), (0.55, 0.0), (0.2, 0.0)])
def test_closeness_to_a_dislike_begins_at_a_cosine_of_055(cosine: float, closeness: float) -> None:
    profile = make_profile(disliked={1: unit(1, 0)})
    vector = unit(cosine, math.sqrt(1 - cosine * cosine))
    assert measure(vector, profile)["disliked"] == pytest.approx(closeness, abs=1e-5)


def test_of_two_candidates_equally_near_to_a_like_the_one_near_a_dislike_ranks_lower() -> None:
    profile = make_profile(liked={1: angle(0)}, disliked={2: angle(50)})
    candidates = [Candidate(7, "film", {}), Candidate(8, "film", {})]
    items = {7: ITEM, 8: make_item(8, "rare", "common", leads=(40,), popularity=0.25)}
    columns = measure_features(candidates, items, profile, FeatureInputs(text={7: angle(25), 8: angle(-25)}))
    near, far = blend(columns, PERSONAL[Medium.SCREEN])
    assert columns["content"][0] == pytest.approx(columns["content"][1], abs=1e-6)
    assert far == pytest.approx(0.5)
    assert near < 0.1


def test_labels_lean_by_the_root_of_how_many_an_item_carries() -> None:
    profile = make_profile(affinities={"rare": 2.0, "common": -0.5, "other": 9.0})
    assert measure(profile=profile)["affinity"] == pytest.approx(1.5 / math.sqrt(2))


def test_credits_count_by_the_strongest_lead_or_by_what_the_source_found() -> None:
    assert measure(contributors={40: 3.0, 41: 9.0})["credits"] == pytest.approx(math.log(4))
    assert measure(contributors={40: 3.0}, sources={"credits": 5.0})["credits"] == pytest.approx(math.log(6))
    assert measure()["credits"] == 0.0


def test_query_and_taste_are_cosines_and_seeds_a_mean_of_them() -> None:
    found = measure(
        angle(0),
        query_vector=angle(60),
        seed_vectors=(angle(0), angle(90)),
        taste={7: angle(30)},
        person_vector=angle(90),
    )
    assert found["query"] == pytest.approx(0.5, abs=1e-6)
    assert found["seed"] == pytest.approx(0.5, abs=1e-6)
    assert found["taste"] == pytest.approx(0.5, abs=1e-6)


def test_features_that_cannot_be_computed_are_nan_and_not_zero() -> None:
    found = measure()
    assert {name for name, value in found.items() if math.isnan(value)} == {"taste", "content", "query", "seed"}


def test_vectors_of_another_space_are_not_compared() -> None:
    found = measure(unit(1, 0, 0), make_profile({1: unit(1, 0)}, {2: unit(1, 0)}), query_vector=unit(1, 0))
    assert math.isnan(found["content"]) and math.isnan(found["query"])
    assert found["disliked"] == 0.0


def test_sources_and_the_row_are_read_as_they_are() -> None:
    sources = {"household": 2.0, "fresh": 0.4, "words": 0.7, "seed_credits": 1.5}
    found = measure(sources=sources)
    assert {name: found[name] for name in sources} == pytest.approx(sources)
    assert found["popularity"] == 0.25


def test_labels_asked_for_sum_what_they_say_and_those_wanted_more_or_less_are_yes_or_no() -> None:
    found = measure(
        named={"rare": 3.0, "common": 0.1, "other": 9.0}, more_like=frozenset({"rare"}), less_like=frozenset({"x"})
    )
    assert (found["named"], found["more"], found["less"]) == pytest.approx((3.1, 1.0, 0.0))


def test_a_label_wanted_less_ranks_an_equal_candidate_lower_and_one_wanted_more_ranks_it_higher() -> None:
    candidates = [Candidate(item_id, "film", {}) for item_id in (7, 8, 9)]
    items = {7: make_item(7, "rare"), 8: make_item(8), 9: make_item(9, "scarce")}
    measures = FeatureInputs(more_like=frozenset({"scarce"}), less_like=frozenset({"rare"}))
    less, plain, more = blend(measure_features(candidates, items, make_profile(), measures), PERSONAL[Medium.SCREEN])
    assert less < 0.1 < plain < 0.9 < more


def test_stated_preferences_and_moods_are_summed_each_on_its_own() -> None:
    candidates = [Candidate(7, "film", {}), Candidate(8, "film", {})]
    items = {7: make_item(7, year=2000), 8: make_item(8, year=1980)}
    newer, older = PreferenceDirection(2.0, fact="year"), PreferenceDirection(-0.5, fact="year")
    columns = measure_features(
        candidates, items, make_profile(), FeatureInputs(directions=(newer, older), moods=(older,))
    )
    assert columns["stated"].tolist() == pytest.approx([1.5, -1.5])
    assert columns["mood"].tolist() == pytest.approx([-0.5, 0.5])


def test_no_candidates_have_no_features_but_every_column() -> None:
    columns = measure_features([], {}, make_profile({1: angle(0)}, {2: angle(90)}), FeatureInputs())
    assert {len(column) for name, column in columns.items()} == {0}
