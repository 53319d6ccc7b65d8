"""Signs, weights and decay of a history; statements, corrections, and standing rules."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from mediarec.library.errors import NotFoundError
from mediarec.library.models import InteractionType, Item, Person
from recommender import pipeline
from recommender.facets import merge_rule
from recommender.items.labels import LabelFrequencies, label_affinities
from recommender.items.media_types import Medium
from recommender.models import TasteStatement
from recommender.taste import statements, steering
from recommender.taste.history import load_history, weigh_event
from recommender.taste.profile import load_profile, media_shares
from recommender.types import Filters, RecommendRequest
from tests.people import make_ana, make_bo
from tests.recommender.checkerboard import act, make_board, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(library: dict[str, Item]) -> Person:
    return make_person()


@pytest.mark.parametrize(
    "what", [InteractionType.LIKED, InteractionType.FINISHED, InteractionType.PLAYED, InteractionType.SAVED]
)
def test_positive_events_weigh_more_than_zero(what: InteractionType) -> None:
    assert weigh_event(what, None, None) > 0


@pytest.mark.parametrize(
    "what", [InteractionType.DISLIKED, InteractionType.HIDDEN, InteractionType.ABANDONED, InteractionType.SKIPPED]
)
def test_negative_events_weigh_less_than_zero(what: InteractionType) -> None:
    assert weigh_event(what, None, None) < 0


def test_a_rating_counts_by_its_side_of_the_middle() -> None:
    assert weigh_event(InteractionType.RATED, 0.9, None) > 0 > weigh_event(InteractionType.RATED, 0.3, None)


def test_a_play_counts_by_how_far_it_went() -> None:
    assert weigh_event(InteractionType.PLAYED, None, 0.9) > weigh_event(InteractionType.PLAYED, None, 0.1)


def test_an_old_event_weighs_less_than_a_new_one(library: dict[str, Item], person: Person) -> None:
    act(person, library["Slow Film 1"], InteractionType.LIKED, day=0)
    act(person, library["Slow Film 2"], InteractionType.LIKED, day=400)
    weights = load_history(person.pk).item_weights
    assert 0 < weights[library["Slow Film 1"].pk] < weights[library["Slow Film 2"].pk]


def test_a_looped_song_does_not_count_a_hundred_times(library: dict[str, Item], person: Person) -> None:
    for day in range(100):
        act(person, library["Loud Song 1"], InteractionType.PLAYED, day=day)
    act(person, library["Slow Film 1"], InteractionType.LIKED, day=99)
    weights = load_history(person.pk).item_weights
    assert weights[library["Loud Song 1"].pk] < 6 * weights[library["Slow Film 1"].pk]


def test_a_history_is_read_again_after_each_event_and_each_undo(library: dict[str, Item], person: Person) -> None:
    liked = act(person, library["Slow Film 1"], InteractionType.LIKED)
    assert load_history(person.pk).positive_ids == [library["Slow Film 1"].pk]
    liked.withdrawn_at = timezone.now()
    liked.save(update_fields=["withdrawn_at"])
    assert load_history(person.pk).positive_ids == []


def test_media_share_a_page_by_taste_and_none_is_excluded(library: dict[str, Item]) -> None:
    shares = media_shares(load_history(make_ana().pk))
    assert shares[Medium.SCREEN] > 5 * shares[Medium.MUSIC] > 0


def test_affinities_compare_with_the_catalogue_and_dislikes_subtract() -> None:
    counts = LabelFrequencies(100, {"rare": 5, "common": 90})
    liked = {n: ("rare", "common") for n in range(6)}
    affinities = label_affinities(liked, dict.fromkeys(liked, 1.0), counts)
    assert affinities["rare"] > 1 > affinities["common"] >= 0
    refused = label_affinities({1: ("rare",)}, {1: -1.0}, counts)
    assert refused["rare"] < 0


def test_statements_name_what_ana_finished_and_can_be_counted_again(library: dict[str, Item]) -> None:
    ana = make_ana()
    found = statements.list_statements(ana.pk)
    assert found
    best = found[0]
    assert best.sign == 1
    assert best.text.endswith("— 6 finished")
    words = set(best.feature["words"])
    evidence = Item.objects.filter(pk__in=best.evidence)
    assert evidence.count() == 6
    assert all(words <= set(item.genres + item.tags) for item in evidence)


def test_statements_follow_the_history(library: dict[str, Item], person: Person) -> None:
    assert statements.list_statements(person.pk) == []
    for number in (1, 2, 3, 4):
        act(person, library[f"Fast Film {number}"], InteractionType.ABANDONED, day=number)
        act(person, library[f"Soft Song {number}"], InteractionType.LIKED, day=number)
    found = statements.list_statements(person.pk)
    assert {row.sign for row in found} == {1, -1}
    assert any(row.text.startswith("not so much") and "4 abandoned" in row.text for row in found)


def test_an_edited_statement_keeps_its_wording_and_a_removed_one_stays_removed(library: dict[str, Item]) -> None:
    ana = make_ana()
    first, *others = statements.list_statements(ana.pk)
    TasteStatement.objects.filter(pk=first.pk).update(text="quiet films, please", is_edited=True, is_active=False)
    statements.refresh_statements(ana.pk)
    kept = TasteStatement.objects.get(pk=first.pk)
    assert (kept.text, kept.is_active) == ("quiet films, please", False)
    assert len(others) + 1 == TasteStatement.objects.filter(person=ana).count()


def test_removing_a_statement_removes_its_labels_from_the_affinities(library: dict[str, Item]) -> None:
    ana = make_ana()
    words = statements.list_statements(ana.pk)[0].feature["words"]
    assert words
    assert all(load_profile(ana.pk).affinities[word] > 0 for word in words)
    TasteStatement.objects.filter(person=ana).update(is_active=False)
    assert not set(words) & set(load_profile(ana.pk).affinities)


def test_statements_come_only_from_the_persons_own_history(library: dict[str, Item]) -> None:
    ana, bo = make_ana(), make_bo()
    for own, other in ((ana, bo), (bo, ana)):
        theirs = set(other.interactions.values_list("item_id", flat=True))
        evidence = {item_id for row in statements.list_statements(own.pk) for item_id in row.evidence}
        assert theirs and evidence
        assert theirs.isdisjoint(evidence)


def test_a_rule_holds_for_every_answer_until_it_is_undone(library: dict[str, Item], person: Person) -> None:
    def shows_metal() -> bool:
        slate = pipeline.recommend(RecommendRequest(person.pk, limit=60))
        return any(item.title.startswith("Loud Song") for item in slate.items)

    assert shows_metal()
    rule = steering.add_rule(person.pk, "no more metal", "Leave out metal.", Filters(none_words=("metal",)))
    assert not shows_metal()
    assert not any(i.title.startswith("Loud") for r in pipeline.build_home(person.pk) for i in r.slate.items)
    steering.undo_rule(person.pk, rule.pk)
    assert shows_metal()


def test_an_expired_rule_is_ignored(person: Person) -> None:
    filters = Filters(none_words=("metal",))
    steering.add_rule(person.pk, "not tonight", "Leave out metal.", filters, timezone.now() - timedelta(hours=1))
    assert list(steering.active_rules(person.pk)) == []
    assert steering.apply_rules(RecommendRequest(person.pk)).filters == Filters()


def test_the_request_wins_over_a_standing_rule(person: Person) -> None:
    steering.add_rule(person.pk, "no metal", "Leave out metal.", Filters(none_words=("metal", "noise")))
    asked = steering.apply_rules(RecommendRequest(person.pk, Filters(any_words=("Metal",))))
    assert asked.filters.none_words == ("noise",)


def test_the_stricter_bound_wins() -> None:
    merged = merge_rule(Filters(year_from=1990), Filters(year_from=1970, year_to=2000), Filters())
    assert (merged.year_from, merged.year_to) == (1990, 2000)
    narrowed = merge_rule(Filters(kinds=("film", "track")), Filters(kinds=("film",)), Filters())
    assert narrowed.kinds == ("film",)


def test_nobody_undoes_another_persons_rule(person: Person) -> None:
    rule = steering.add_rule(person.pk, "no metal", "Leave out metal.", Filters(none_words=("metal",)))
    with pytest.raises(NotFoundError):
        steering.undo_rule(make_person("other").pk, rule.pk)


def test_a_dislike_demotes_its_near_neighbours_without_training() -> None:
    board = make_board(each=40)
    person = make_person()
    for day, colour in enumerate(("black", "white")):
        for item in board[colour][:4]:
            act(person, item, InteractionType.FINISHED, day=day)
    request = RecommendRequest(person.pk, Filters(kinds=("film",)), limit=10)

    def count_white() -> int:
        return sum(item.title.startswith("White") for item in pipeline.recommend(request).items)

    before = count_white()
    for item in board["white"][4:7]:
        act(person, item, InteractionType.DISLIKED, day=9)
    assert count_white() < before
