"""Past choices are evaluated prequentially, each once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mediarec.library.models import Interaction, InteractionType, Item, Person
from recommender.candidate_scoring import load_context, past_choices, score_pool
from recommender.items.media_types import Medium
from recommender.ranking.feature_weights import FEATURES, ChoiceStatistics
from recommender.ranking.scoring import choose_weights
from recommender.taste.profile import Profile, load_profile
from recommender.types import Candidate, RecommendRequest
from tests.people import START


@pytest.fixture(autouse=True)
def _small_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_choices, "MIN_NEGATIVE_SAMPLES", 5)


@pytest.mark.django_db
def test_affinity_leads_for_a_person_of_one_genre(ana: Person, library: dict[str, Item]) -> None:
    lesson = past_choices.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN)
    assert lesson is not None
    assert lesson.choices == 3  # six films, the first three are what the others are told from
    weights = lesson.discriminant_weights()
    assert weights["affinity"] > 0
    assert "taste" not in weights and "content" not in weights  # nothing is embedded here
    assert past_choices.learn_feature_statistics(load_profile(ana.pk), Medium.MUSIC) is None


@pytest.mark.django_db
def test_a_choice_is_scored_from_earlier_events_only_and_once(
    ana: Person, library: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []
    score_at = past_choices._score_at

    def note(
        profile: Profile, position: int, choice: Candidate, comparison: past_choices._Comparison
    ) -> ChoiceStatistics:
        measured.append(position)
        return score_at(profile, position, choice, comparison)

    monkeypatch.setattr(past_choices, "_score_at", note)
    first = past_choices.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN)
    assert measured == [3, 4, 5]
    for day, title in enumerate(("Fast Film 1", "Fast Film 2")):
        when = START + timedelta(days=20 + day)
        Interaction.objects.create(person=ana, item=library[title], what=InteractionType.LIKED, occurred_at=when)
    second = past_choices.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN)
    assert measured == [3, 4, 5, 6, 7]
    assert first is not None and second is not None
    affinity = FEATURES.index("affinity")
    assert second.choices == 5
    assert second.mean_shifts[affinity] < first.mean_shifts[affinity]  # fast films were no matter of slow genres


@pytest.mark.django_db
def test_a_withdrawn_event_is_not_learned_from(ana: Person, library: dict[str, Item]) -> None:
    Interaction.objects.filter(person=ana, item=library["Slow Film 6"]).update(withdrawn_at=START)
    lesson = past_choices.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN)
    assert lesson is not None and lesson.choices == 2


@pytest.mark.django_db
def test_with_too_few_negatives_nothing_is_learned(
    ana: Person, library: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_choices, "MIN_NEGATIVE_SAMPLES", 1000)
    assert past_choices.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN) is None


@pytest.mark.django_db
def test_ranking_uses_the_learned_weights(ana: Person, library: dict[str, Item]) -> None:
    scored = score_pool(load_context(RecommendRequest(ana.pk)))
    profile = scored.context.profile
    statistics = past_choices.learn_feature_statistics(profile, Medium.SCREEN)
    liked = len(profile.history.positive_ids)
    used = scored.ranked.breakdowns[Medium.SCREEN].weights
    assert used == choose_weights(Medium.SCREEN, liked, False, statistics)
    assert used != choose_weights(Medium.SCREEN, liked, False)
    assert scored.ranked.breakdowns[Medium.MUSIC].weights == choose_weights(Medium.MUSIC, liked, False)
