"""Feature importance per medium, with readable labels and percentages that add up."""

import pytest

from mediarec.library.models import Item, Person
from recommender.candidate_scoring import past_choices
from recommender.explanation.feature_importance import LABELS, list_feature_importance

pytestmark = pytest.mark.django_db


def test_a_person_of_one_genre_sees_labels_as_most_important(
    ana: Person, library: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_choices, "MIN_NEGATIVE_SAMPLES", 5)
    (films,) = list_feature_importance(ana.pk)
    assert (films.title, films.choices) == ("Films and series", 3)
    assert films.parts[0][0] == LABELS["affinity"]
    assert sum(percent for _, percent in films.parts) == pytest.approx(100, abs=2)
    assert LABELS["taste"] not in dict(films.parts)  # no weights have read this library


def test_too_few_choices_are_reported(bo: Person, cy: Person, library: dict[str, Item]) -> None:
    (music,) = list_feature_importance(bo.pk)
    assert (music.title, music.choices) == ("Music", 0)
    assert list_feature_importance(cy.pk) == []
