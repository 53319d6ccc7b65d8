"""A person with several interests gets a row for each and a calibrated first row; a person with one gets neither."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest

from mediarec.library.models import Interaction, InteractionType, Item, Kind, Person
from recommender import pipeline
from recommender.backends import registry
from recommender.home.rows import HomeRow
from recommender.items.media_types import Medium
from recommender.models import Embedding, EmbeddingSpace, Modality
from recommender.retrieval import sequence
from recommender.retrieval.context import RetrievalContext
from recommender.taste.interest_labels import label_interest
from recommender.taste.person_interests import load_interests
from recommender.taste.person_vector import load_person_vector
from recommender.taste.profile import load_profile
from recommender.types import RecommendRequest
from tests.people import START, make_ana, make_cy, make_library
from tests.recommender.checkerboard import DIMS, make_person, make_space
from tests.recommender.test_pipeline_sequence import ContraryRanker

pytestmark = pytest.mark.django_db
TASTES = {"western": 30, "jazz": 15, "space": 5}  # finished of each: 60, 30 and 10 per cent
UNSEEN = 12


class MeanRanker(ContraryRanker):
    """Expects more of everything that was taken to, in proportion."""

    def embed_person(self, item_vectors, whats, ages_seconds):  # type: ignore[no-untyped-def]
        middle = np.mean(item_vectors, axis=0)
        return (middle / np.linalg.norm(middle)).astype(np.float32)


def fill_library(*modalities: Modality) -> dict[str, list[Item]]:
    """Films of three genres whose vectors point three ways."""
    spaces = [make_space(Modality.TEXT)]
    spaces += [
        EmbeddingSpace.objects.create(modality=m, encoder="contrary", version="1", dims=DIMS, is_serving=True)
        for m in modalities
    ]
    random = np.random.default_rng(11)
    films: dict[str, list[Item]] = {}
    rows = []
    for axis, (genre, seen) in enumerate(TASTES.items()):
        titles = [f"{genre.capitalize()} {number}" for number in range(seen + UNSEEN)]
        films[genre] = Item.objects.bulk_create(
            Item(kind=Kind.FILM, title=title, title_key=title.lower(), year=1990, genres=[genre], popularity=0.5)
            for title in titles
        )
        for item in films[genre]:
            vector = np.eye(DIMS)[axis] + 0.5 * np.eye(DIMS)[7] + 0.08 * random.standard_normal(DIMS)
            unit = (vector / np.linalg.norm(vector)).tolist()
            rows += [Embedding(space=space, item=item, content_hash=item.title, vector=unit) for space in spaces]
    Embedding.objects.bulk_create(rows)
    return films


def finish(person: Person, films: dict[str, list[Item]]) -> None:
    """Everything on one day, so that nothing has decayed."""
    for genre, count in TASTES.items():
        Interaction.objects.bulk_create(
            Interaction(
                person=person, item=film, what=InteractionType.FINISHED, occurred_at=START + timedelta(minutes=number)
            )
            for number, film in enumerate(films[genre][:count])
        )


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(registry, "current_ranker", MeanRanker)
    films = fill_library(Modality.TASTE)
    person = make_person()
    finish(person, films)
    return person


def count_genres(row: HomeRow) -> Counter[str]:
    return Counter(line.title.split()[0].lower() for line in row.slate.items)


def test_the_shares_of_three_interests_come_from_the_history(mixed: Person) -> None:
    profile = load_profile(mixed.pk)
    own = load_interests(profile, load_person_vector(profile.history))
    assert own.modality == Modality.TASTE
    assert own.shares == pytest.approx([0.6, 0.3, 0.1], abs=0.02)


def test_each_interest_has_its_share_of_the_first_row(mixed: Person) -> None:
    counts = count_genres(pipeline.build_home(mixed.pk)[0])
    total = sum(counts.values())
    for genre, share in {"western": 0.6, "jazz": 0.3, "space": 0.1}.items():
        assert counts[genre] / total == pytest.approx(share, abs=0.1)


def test_rows_are_named_after_the_interests_and_show_their_evidence(mixed: Person) -> None:
    rows = {row.key: row for row in pipeline.build_home(mixed.pk)}
    named = [rows[f"interest-{number}"] for number in (1, 2, 3)]
    assert [row.title for row in named] == ["Western", "Jazz", "Space"]
    assert [row.subtitle for row in named] == [f"From {count} things you finished" for count in (30, 15, 5)]
    assert "screen" not in rows
    for row in named:
        assert set(count_genres(row)) == {row.title.lower()}


def test_no_item_is_on_the_page_twice(mixed: Person) -> None:
    shown = [line.item_id for row in pipeline.build_home(mixed.pk) for line in row.slate.items]
    assert len(shown) == len(set(shown))


def test_every_number_in_a_subtitle_is_correct(mixed: Person) -> None:
    Interaction.objects.filter(person=mixed, item__genres=["jazz"]).update(what=InteractionType.LIKED)
    rows = {row.key: row for row in pipeline.build_home(mixed.pk)}
    jazz = next(row for row in rows.values() if row.title == "Jazz")
    assert [int(number) for number in re.findall(r"\d+", jazz.subtitle)] == [15]
    assert "took to" in jazz.subtitle and "finished" not in jazz.subtitle


def test_retrieval_searches_for_each_interest_and_names_it(mixed: Person) -> None:
    profile = load_profile(mixed.pk)
    person = load_person_vector(profile.history)
    scope = RetrievalContext(RecommendRequest(mixed.pk), profile, (Medium.SCREEN,), 20, None, person)
    found = sequence.find_candidates(scope)
    named = Counter(name for candidate in found for name in candidate.sources)
    assert named["interest 1"] == 18 and named["interest 2"] == 9 and named["interest 3"] == 3
    assert len({candidate.item_id for candidate in found}) == len(found) <= 60
    assert all(sequence.NAME in candidate.sources for candidate in found)


def test_without_taste_vectors_text_vectors_are_used_and_named() -> None:
    films = fill_library()
    person = make_person()
    finish(person, films)
    profile = load_profile(person.pk)
    own = load_interests(profile, None)
    assert own.modality == Modality.TEXT
    assert [round(share, 1) for share in own.shares] == [0.6, 0.3, 0.1]
    assert pipeline.build_home(person.pk)[0].slate.ranker == "content similarity"


def test_a_person_of_one_taste_sees_the_plain_page() -> None:
    make_library()
    keys = {row.key for row in pipeline.build_home(make_ana().pk)}
    assert "screen" in keys
    assert not any(key.startswith("interest") for key in keys)
    cold = {row.key for row in pipeline.build_home(make_cy().pk)}
    assert not any(key.startswith("interest") for key in cold)


def test_an_interest_without_labels_of_its_own_is_named_by_two_titles(mixed: Person) -> None:
    Item.objects.update(genres=["film"])
    Interaction.objects.filter(person=mixed, item__title="Western 3").update(what=InteractionType.LIKED)
    profile = load_profile(mixed.pk)
    own = load_interests(profile, load_person_vector(profile.history))
    name = label_interest(profile, own.members(0), [own.members(1), own.members(2)])
    assert name.words == ()
    assert name.title.startswith("Around Western 3 and Western ")
