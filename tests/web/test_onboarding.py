"""Getting to know a new person: fifteen choices, each a like, skippable and taken back, ending on a first list."""

import re
from collections import Counter

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Interaction, Item, Person
from recommender import pipeline
from recommender.elicitation import onboarding
from recommender.elicitation.onboarding import Choice, ChoiceBoard
from recommender.types import RecommendRequest
from tests.web.conftest import read_text, sign_in


@pytest.fixture
def cy_client(cy: Person) -> Client:
    return sign_in(cy)


def read_offer(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'name="item" value="(\d+)"', page)]


def show(client: Client) -> str:
    return read_text(client.get(reverse("onboarding")))


def choose(client: Client, place: int, item: int | str = "") -> str:
    answer = client.post(reverse("onboarding-choose"), {"place": place, "item": item}, follow=True)
    return read_text(answer)


def test_home_offers_the_choices_to_who_has_no_history_alone(cy_client: Client, ana_client: Client) -> None:
    assert reverse("onboarding") in cy_client.get(reverse("home")).content.decode()
    assert reverse("onboarding") not in ana_client.get(reverse("home")).content.decode()


def test_fifteen_choices_end_on_home_with_a_list_of_what_was_chosen(cy: Person, cy_client: Client) -> None:
    slow = set(Item.objects.filter(title__startswith="Slow Film").values_list("pk", flat=True))
    page = show(cy_client)
    for place in range(1, onboarding.CHOICES + 1):
        assert f"Choice {place} of 15" in page
        liked = [pk for pk in read_offer(page) if pk in slow]
        page = choose(cy_client, place, liked[0] if liked else "")
    assert "Here are your first recommendations" in page
    kept = Interaction.objects.filter(person=cy, what="liked", origin=onboarding.ORIGIN)
    assert kept and {row.item_id for row in kept} <= slow
    films = pipeline.recommend(RecommendRequest(cy.pk, limit=5)).items
    assert sum(line.title.startswith("Slow Film") for line in films) >= 3


def test_nothing_is_offered_twice_and_skipping_keeps_nothing(cy: Person, cy_client: Client) -> None:
    page, seen = show(cy_client), []
    for place in range(1, 6):
        seen += read_offer(page)
        page = choose(cy_client, place)
    assert len(seen) == len(set(seen)) == 5 * onboarding.OFFERED
    assert not Interaction.objects.filter(person=cy).exists()


def test_a_choice_can_be_taken_back(cy: Person, cy_client: Client) -> None:
    first = read_offer(show(cy_client))
    choose(cy_client, 1, first[0])
    assert Interaction.objects.filter(person=cy, withdrawn_at__isnull=True).count() == 1
    back = read_text(cy_client.post(reverse("onboarding-back"), follow=True))
    assert read_offer(back) == first and "Choice 1 of 15" in back
    assert not Interaction.objects.filter(person=cy, withdrawn_at__isnull=True).exists()


def test_an_answer_sent_twice_or_from_another_tab_counts_once(cy: Person, cy_client: Client) -> None:
    first = read_offer(show(cy_client))
    choose(cy_client, 1, first[0])
    assert "Choice 2 of 15" in choose(cy_client, 1, first[1])
    assert Interaction.objects.filter(person=cy).count() == 1


def test_a_choice_that_was_not_offered_is_not_stored(cy: Person, cy_client: Client) -> None:
    offered = read_offer(show(cy_client))
    other = Item.objects.exclude(pk__in=offered).first()
    assert other is not None
    for given in (other.pk, "999999", "<script>", "-1"):
        choose(cy_client, 1, given)
    assert not Interaction.objects.filter(person=cy).exists()


def test_htmx_gets_the_next_choice_alone_and_is_sent_home_at_the_end(cy_client: Client) -> None:
    show(cy_client)
    for place in range(1, onboarding.CHOICES + 1):
        answer = cy_client.post(reverse("onboarding-choose"), {"place": place}, headers={"HX-Request": "true"})
        assert place == onboarding.CHOICES or "<html" not in answer.content.decode()
    assert answer.headers["HX-Redirect"] == reverse("home")


def test_a_library_with_too_little_to_choose_between_says_so(cy: Person, cy_client: Client) -> None:
    Item.objects.exclude(pk=Item.objects.order_by("pk").values_list("pk", flat=True)[0]).delete()
    page = cy_client.get(reverse("onboarding"), follow=True).content.decode()
    assert "too few titles to choose from" in page


def test_a_set_of_works_that_are_gone_makes_room_for_another(cy: Person, cy_client: Client) -> None:
    gone = read_offer(show(cy_client))
    Item.objects.filter(pk__in=gone).delete()
    offered = read_offer(show(cy_client))
    assert offered and not set(offered) & set(gone)


def test_the_next_set_follows_from_what_was_taken(cy: Person) -> None:
    """Who takes films again and again likes what is like them better than before, and songs less."""
    board = onboarding.load_board(cy.pk)
    kinds = dict(Item.objects.values_list("pk", "kind"))

    def share_of_films(past: list[Choice]) -> float:
        shares = onboarding.load_posterior(board, past)
        return float(sum(share for share, pk in zip(shares, board.item_ids, strict=True) if kinds[pk] == "film"))

    past: list[Choice] = []
    for _ in range(4):
        offered = onboarding.choose_offer(board, past)
        past.append(Choice(offered, next((pk for pk in offered if kinds[pk] == "film"), None)))
    assert share_of_films(past) > share_of_films([]) + 0.2
    assert share_of_films([Choice(choice.offered) for choice in past]) < share_of_films(past)


def test_a_set_spans_what_could_be_liked(cy: Person) -> None:
    """Five groups that share nothing: four of one group would tell nothing apart."""
    items = Item.objects.in_bulk(onboarding.choose_offer(onboarding.load_board(cy.pk), []))
    assert len({item.title.rsplit(" ", 1)[0] for item in items.values()}) == onboarding.OFFERED


def test_a_work_that_left_the_library_does_not_stop_the_choices(cy: Person) -> None:
    board = onboarding.load_board(cy.pk)
    gone = Choice((10**9, 10**9 + 1), 10**9)
    assert onboarding.choose_offer(board, [gone]) == onboarding.choose_offer(board, [])
    empty = ChoiceBoard((), board.prior[:0], board.likeness[:0, :0])
    assert onboarding.choose_offer(empty, []) == ()


def list_kinds(offered: tuple[int, ...]) -> list[str]:
    kinds = dict(Item.objects.values_list("pk", "kind"))
    return [kinds[item_id] for item_id in offered]


def test_the_first_sets_hold_the_best_known_works(cy: Person) -> None:
    offered = onboarding.choose_offer(onboarding.load_board(cy.pk), [])
    for item in Item.objects.filter(pk__in=offered):
        better = Item.objects.filter(kind=item.kind, popularity__gt=item.popularity)
        assert better.count() < onboarding.FIRST_KNOWN


def test_without_popularity_the_items_with_most_facts_come_first(cy: Person) -> None:
    Item.objects.update(popularity=0.0)
    told = {f"{group} {number}" for group in ("Slow Film", "Loud Song") for number in range(3, 13)}
    Item.objects.filter(title__in=told).update(synopsis="Told.", tags=["slow", "loud", "well", "told"])
    offered = onboarding.choose_offer(onboarding.load_board(cy.pk), [])
    assert {item.title for item in Item.objects.filter(pk__in=offered)} <= told


def test_nothing_of_violence_or_death_and_no_unknown_clip_comes_first(cy: Person) -> None:
    best = Item.objects.filter(kind="film").order_by("-popularity")
    best.filter(pk__in=[item.pk for item in best[:3]]).update(tags=["serial killer"])
    Item.objects.filter(kind="video").update(popularity=0.0)
    Item.objects.filter(title="Loud Song 12").update(title="The Execution of a Queen")
    board = onboarding.load_board(cy.pk)
    past: list[Choice] = []
    for _ in range(onboarding.GENTLE_SETS):
        past.append(Choice(onboarding.choose_offer(board, past)))
    shown = Item.objects.filter(pk__in=[item_id for choice in past for item_id in choice.offered])
    assert not [item.title for item in shown if item.kind == "video" or item.tags == ["serial killer"]]
    assert not shown.filter(title__contains="Execution").exists()


def test_every_set_mixes_kinds_and_looks_away_from_what_was_taken(cy: Person) -> None:
    """Who takes a loud song each time is still shown films and clips, and songs that are not loud."""
    board = onboarding.load_board(cy.pk)
    past: list[Choice] = []
    loud = set(Item.objects.filter(genres=["metal"]).values_list("pk", flat=True))
    for _ in range(5):
        offered = onboarding.choose_offer(board, past)
        assert max(Counter(list_kinds(offered)).values()) <= 2
        assert len(loud & set(offered)) <= onboarding.MOST_ALIKE
        past.append(Choice(offered, next((pk for pk in offered if pk in loud), None)))
