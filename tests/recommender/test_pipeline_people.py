"""End to end: Ana likes slow films, Bo loud music, Cy is new."""

from __future__ import annotations

import pytest

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Interaction, InteractionType, Item, Person
from mediarec.library.ownership import Ownership
from recommender import pipeline
from recommender.impressions import record_page, record_shown
from recommender.models import Impression, SlateRecord
from recommender.types import EvidenceType, Filters, RecommendRequest
from tests.recommender.checkerboard import act

pytestmark = pytest.mark.django_db


def titles(person: Person, limit: int = 6, **wish: object) -> list[str]:
    request = RecommendRequest(person.pk, limit=limit, **wish)  # type: ignore[arg-type]
    return [item.title for item in pipeline.recommend(request).items]


def page_ids(person: Person) -> list[int]:
    return [item.item_id for row in pipeline.build_home(person.pk) for item in row.slate.items]


def test_ana_is_shown_slow_films_first_and_never_bos_records(ana: Person, bo: Person) -> None:
    first = titles(ana, limit=4)
    assert len(first) == 4
    assert all(title.startswith("Slow Film") for title in first[:3])
    assert not any(title.startswith("Loud Song") for title in first)


def test_bo_is_shown_loud_songs_first(ana: Person, bo: Person) -> None:
    first = titles(bo, limit=3)
    assert len(first) == 3
    assert all(title.startswith("Loud Song") for title in first)


def test_nothing_finished_is_recommended_again(ana: Person) -> None:
    finished = set(Interaction.objects.filter(person=ana).values_list("item_id", flat=True))
    shown = page_ids(ana)
    assert finished and shown
    assert finished.isdisjoint(shown)


def test_a_new_person_still_gets_a_page_that_says_what_it_is(cy: Person) -> None:
    rows = pipeline.build_home(cy.pk)
    assert [row.key for row in rows][:2] == ["popular", "new"]
    assert {row.slate.ranker for row in rows} == {"popularity"}
    assert not any("you" in item.explanation.split() for row in rows for item in row.slate.items)


def test_the_popular_row_mixes_media_and_genres(cy: Person) -> None:
    row = pipeline.build_home(cy.pk)[0]
    assert {item.kind for item in row.slate.items} == {"film", "track", "video"}
    genres = Item.objects.filter(pk__in=[i.item_id for i in row.slate.items]).values_list("genres", flat=True)
    assert len({genre for own in genres for genre in own}) == 5


def test_nobody_sees_another_persons_history(cy: Person, ana: Person) -> None:
    before = titles(cy, limit=20)
    act(ana, Item.objects.get(title="Fast Film 3"), InteractionType.LIKED)
    assert before
    assert titles(cy, limit=20) == before
    reasons = [item.explanation for row in pipeline.build_home(cy.pk) for item in row.slate.items]
    assert reasons
    assert not any("“" in reason for reason in reasons)


def test_no_item_is_on_a_page_twice_and_no_row_is_empty(ana: Person) -> None:
    rows = pipeline.build_home(ana.pk)
    ids = page_ids(ana)
    assert len(ids) == len(set(ids))
    assert all(row.slate.items for row in rows)
    assert [row.key for row in rows][:2] == ["for-you", "screen"]


def test_a_like_changes_the_next_answer_without_training(ana: Person) -> None:
    before = titles(ana, limit=12)
    for number in (1, 2, 3):
        act(ana, Item.objects.get(title=f"City Clip {number}"), InteractionType.LIKED, day=number)
    after = titles(ana, limit=12)
    assert sum(t.startswith("City Clip") for t in after) > sum(t.startswith("City Clip") for t in before)


def test_a_hidden_item_never_returns_and_undo_brings_it_back(ana: Person) -> None:
    first = titles(ana)[0]
    hidden = act(ana, Item.objects.get(title=first), InteractionType.HIDDEN)
    assert first not in titles(ana, limit=60)
    hidden.withdrawn_at = hidden.occurred_at
    hidden.save(update_fields=["withdrawn_at"])
    assert first in titles(ana)


def test_the_mixed_row_holds_both_media_of_a_person_who_likes_two(ana: Person) -> None:
    for number in range(1, 7):
        act(ana, Item.objects.get(title=f"Loud Song {number}"), InteractionType.LIKED, day=number)
    row = next(row for row in pipeline.build_home(ana.pk) if row.key == "for-you")
    kinds = [item.kind for item in row.slate.items]
    assert kinds.count("film") >= 3
    assert kinds.count("track") >= 3


def test_owned_only_applies_to_every_row(ana: Person) -> None:
    assert pipeline.build_home(ana.pk, Ownership.OWNED) == []
    slate = pipeline.recommend(RecommendRequest(ana.pk, Filters(ownership=Ownership.OWNED)))
    assert slate.items == ()
    assert "owned" in slate.note


def test_an_unsatisfiable_request_names_the_filter_in_its_way(ana: Person) -> None:
    slate = pipeline.recommend(RecommendRequest(ana.pk, Filters(kinds=("film",), year_to=1900)))
    assert slate.note == "Nothing in the library fits. Without the years, 18 items do."


def test_an_item_that_was_never_recommended_is_explained(ana: Person) -> None:
    seen = Item.objects.get(title="Slow Film 1")
    evidence = pipeline.explain_item(ana.pk, seen.pk)
    by_type = {cause.type: cause for cause in reversed(evidence)}
    assert by_type[EvidenceType.PERSON].item_id == Item.objects.get(title="Slow Film 4").pk
    shares = [cause.share or 0.0 for cause in evidence]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0
    with pytest.raises(NotFoundError):
        pipeline.explain_item(ana.pk, 0)


def test_similar_items_share_contributors_and_genres(cy: Person) -> None:
    item = Item.objects.get(title="Loud Song 1")
    similar = pipeline.similar_items(item.pk, cy.pk, 5)
    assert item.pk not in [found.item_id for found in similar]
    assert len(similar) == 5
    assert all(found.title.startswith("Loud Song") for found in similar)
    with pytest.raises(NotFoundError):
        pipeline.similar_items(0, cy.pk, 5)


def test_impressions_are_stored_with_their_positions(ana: Person) -> None:
    slate = pipeline.recommend(RecommendRequest(ana.pk, limit=5, surface="test"))
    record_shown(slate)
    record_shown(slate)
    kept = Impression.objects.filter(slate_id=slate.id).values_list("position", "item_id")
    assert list(kept) == list(enumerate(item.item_id for item in slate.items))
    record_page([row.slate for row in pipeline.build_home(ana.pk)])
    assert SlateRecord.objects.filter(surface="home:for-you", person=ana).count() == 1


def test_a_page_takes_few_queries_however_many_items_it_shows(
    ana: Person, django_assert_max_num_queries: object
) -> None:
    pipeline.build_home(ana.pk)
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        assert len(page_ids(ana)) > 30
