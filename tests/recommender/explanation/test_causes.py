"""Which causes are true and worth saying, on two or three items that can be reasoned about."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from mediarec.library.models import InteractionType, Role
from recommender.explanation.causes import Cause, ExplanationContext, StatementFact, find_causes, similarity_to_liked
from recommender.retrieval.pool import PoolItem
from recommender.taste.profile import Credits, Profile
from recommender.types import Candidate, EvidenceType, Vector
from tests.recommender.builders import NOW, make_event, make_history, make_item, make_profile, unit

NEW_ITEM = make_item(7)


def causes_of(item: PoolItem, ground: ExplanationContext, **sources: float) -> list[Cause]:
    return find_causes(item, Candidate(item.item_id, item.kind, sources), ground)


def near(cosine: float) -> Vector:
    return unit(cosine, math.sqrt(1 - cosine * cosine))


def compare(liked: dict[int, Vector], candidate: Vector) -> ExplanationContext:
    """Somebody who liked these, and one candidate, item 7, of this vector."""
    profile, vectors = make_profile(liked), {7: candidate}
    return ExplanationContext(profile, vectors, cosines=similarity_to_liked(vectors, profile))


def carrying(labels: dict[str, tuple[int, ...]]) -> Profile:
    """Somebody who liked the items that carry these genres and tags."""
    liked = dict.fromkeys(sorted({item_id for ids in labels.values() for item_id in ids}), unit(1, 0))
    return make_profile(liked, labels=labels)


@pytest.mark.parametrize(("cosine", "is_said"), [(0.45, False), (0.55, True)])
def test_an_item_is_called_close_to_another_from_a_cosine_of_one_half(cosine: float, is_said: bool) -> None:
    types = [cause.type for cause in causes_of(NEW_ITEM, compare({1: unit(1, 0)}, near(cosine)))]
    assert types == [EvidenceType.NEAREST if is_said else EvidenceType.UNTOLD]


def test_the_nearest_of_what_was_liked_is_named_with_what_was_done_with_it() -> None:
    (cause,) = causes_of(NEW_ITEM, compare({1: near(0.6), 2: near(0.9), 3: near(0.7)}, unit(1, 0)))
    assert (cause.source_id, cause.source_title, cause.source_action) == (2, "Title 2", InteractionType.LIKED)
    assert cause.weight == pytest.approx(0.7 * 0.9, abs=1e-6)


def test_a_row_about_one_item_names_that_item_from_a_lower_cosine_and_with_more_weight() -> None:
    ground = compare({1: near(0.42), 2: near(0.1)}, unit(1, 0))
    assert causes_of(NEW_ITEM, ground)[0].type == EvidenceType.UNTOLD
    (cause,) = causes_of(NEW_ITEM, replace(ground, focus_id=1))
    assert (cause.type, cause.source_id) == (EvidenceType.NEAREST, 1)
    assert cause.weight == pytest.approx(0.7 * 0.52 + 0.6, abs=1e-6)


def test_an_item_is_no_cause_of_itself() -> None:
    ground = compare({7: unit(1, 0)}, unit(1, 0))
    assert [cause.type for cause in causes_of(NEW_ITEM, ground)] == [EvidenceType.UNTOLD]


def test_vectors_of_another_space_are_not_compared() -> None:
    assert similarity_to_liked({7: unit(1, 0, 0)}, make_profile({1: unit(1, 0)})) == {}


def test_shared_labels_are_named_rarest_first_and_common_ones_never() -> None:
    ground = ExplanationContext(carrying({"rare": (1,), "scarce": (1, 2), "common": (1, 2)}))
    first, second = causes_of(make_item(7, "common", "scarce", "rare"), ground)
    assert (first.type, first.source_id, first.names) == (EvidenceType.TAG, 1, ("rare", "scarce"))
    assert (second.source_id, second.names) == (2, ("scarce",))
    assert first.weight == pytest.approx(0.15 + 0.1 * (math.log(20) + math.log(10)))
    assert second.weight == pytest.approx(0.15 + 0.1 * math.log(10))


def test_a_person_counts_by_their_role_on_this_item_and_on_the_other() -> None:
    credits = Credits("Mo", {1: frozenset({Role.DIRECTOR}), 2: frozenset({Role.ACTOR})})
    profile = make_profile({1: unit(1, 0), 2: unit(0, 1)}, contributors={40: credits})
    (directed,) = causes_of(NEW_ITEM, ExplanationContext(profile, shared_credits={7: [(40, Role.DIRECTOR)]}))
    assert (directed.names, directed.role, directed.source_id) == (("Mo",), Role.DIRECTOR, 1)
    assert directed.weight == pytest.approx(0.92)
    (acted,) = causes_of(NEW_ITEM, ExplanationContext(profile, shared_credits={7: [(40, Role.ACTOR)]}))
    assert acted.source_id == 2
    assert acted.weight == pytest.approx(0.29)
    (nothing,) = causes_of(NEW_ITEM, ExplanationContext(profile, shared_credits={7: [(40, Role.WRITER)]}))
    assert nothing.type == EvidenceType.UNTOLD


def test_a_statement_fits_only_an_item_with_all_its_labels() -> None:
    statements = (StatementFact("rare and scarce", frozenset({"rare", "scarce"})),)
    ground = ExplanationContext(make_profile(), statements=statements)
    (fitting,) = causes_of(make_item(7, "rare", "scarce"), ground)
    assert (fitting.type, fitting.names) == (EvidenceType.STATEMENT, ("rare and scarce",))
    assert causes_of(make_item(7, "rare"), ground)[0].type == EvidenceType.UNTOLD


def test_words_in_the_title_are_said_before_nearness_in_meaning() -> None:
    ground = ExplanationContext(make_profile(), {7: unit(1, 0)}, query="a title", query_vector=near(0.9))
    (literal,) = causes_of(NEW_ITEM, ground)
    assert (literal.role, literal.names, literal.weight) == ("literal", ("title",), 1.2)


@pytest.mark.parametrize(("cosine", "is_said"), [(0.25, False), (0.35, True)])
def test_meaning_is_said_from_a_cosine_of_three_tenths(cosine: float, is_said: bool) -> None:
    ground = ExplanationContext(make_profile(), {7: unit(1, 0)}, query="gloomy", query_vector=near(cosine))
    (cause,) = causes_of(NEW_ITEM, ground)
    assert (cause.type, cause.role) == ((EvidenceType.WORDS, "meaning") if is_said else (EvidenceType.UNTOLD, ""))


def test_a_seed_leads_with_the_rare_labels_it_shares() -> None:
    ground = ExplanationContext(make_profile(), seed_titles={3: "Three"}, seed_words={3: frozenset({"rare", "common"})})
    (cause,) = causes_of(make_item(7, "common", "rare"), ground, seed=0.8)
    assert (cause.type, cause.source_title, cause.names) == (EvidenceType.SEED, "Three", ("rare",))
    assert cause.weight == pytest.approx(1.1)
    assert causes_of(make_item(7, "rare"), ground)[0].type == EvidenceType.UNTOLD


def test_the_sequence_model_names_the_newest_liked_item() -> None:
    history = make_history(
        make_event(1, days_ago=9), make_event(2, InteractionType.FINISHED), make_event(3, InteractionType.DISLIKED)
    )
    (cause,) = causes_of(NEW_ITEM, ExplanationContext(make_profile(history=history)), sequence=0.4)
    assert (cause.type, cause.source_id, cause.source_action) == (EvidenceType.SEQUENCE, 2, InteractionType.FINISHED)


def test_something_different_is_said_only_of_a_genre_nothing_liked_carries() -> None:
    (cause,) = causes_of(make_item(7, "rare"), ExplanationContext(make_profile()), explore=1.0)
    assert (cause.type, cause.names) == (EvidenceType.DIFFERENT, ("rare",))
    types = [
        one.type for one in causes_of(make_item(7, "rare"), ExplanationContext(carrying({"rare": (1,)})), explore=1.0)
    ]
    assert types == [EvidenceType.TAG]


def test_popular_is_said_of_the_upper_half_and_new_with_its_day() -> None:
    ground = ExplanationContext(make_profile())
    (popular,) = causes_of(make_item(7, popularity=0.6), ground, popular=1.0)
    assert popular.type == EvidenceType.POPULAR
    assert popular.weight == pytest.approx(0.18)
    assert causes_of(make_item(7, popularity=0.4), ground, popular=1.0)[0].type == EvidenceType.UNTOLD
    (new,) = causes_of(NEW_ITEM, ground, fresh=1.0)
    assert new.names == (f"{NOW:%-d %B %Y}",)


def test_the_most_telling_cause_comes_first() -> None:
    credits = {40: Credits("Mo", {1: frozenset({Role.DIRECTOR})})}
    profile = make_profile({1: unit(1, 0)}, labels={"rare": (1,)}, contributors=credits)
    shared = {7: [(40, str(Role.DIRECTOR))]}
    ground = ExplanationContext(profile, {7: unit(1, 0)}, shared, cosines=similarity_to_liked({7: unit(1, 0)}, profile))
    types = [cause.type for cause in causes_of(make_item(7, "rare"), ground)]
    assert types == [EvidenceType.PERSON, EvidenceType.NEAREST, EvidenceType.TAG]
