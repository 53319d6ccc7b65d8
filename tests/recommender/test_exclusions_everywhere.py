"""What a household keeps out is offered nowhere: not at home, by search, by chat, by playlist or to a program."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library import exclusions
from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import ExcludedFolder, Item, Library, MediaFile, Person
from mediarec.web.tokens import create_token
from recommender import pipeline, playlists
from recommender.models import ChatTurn
from recommender.retrieval.pool import HOME_SOURCES, QUERY_SOURCES, SEED_SOURCES, Source, build_pool
from recommender.taste.profile import load_profile
from recommender.types import Filters, RecommendRequest
from tests.people import make_ana, make_library

pytestmark = pytest.mark.django_db
KEPT_OUT = "Slow Film 12"
SONG_KEPT_OUT = "Soft Song 12"
BOTH = (KEPT_OUT, SONG_KEPT_OUT)


@pytest.fixture
def ana() -> Person:
    refresh_search([item.pk for item in make_library().values()])
    return make_ana()


def by_itself() -> None:
    Item.objects.filter(title__in=BOTH).update(is_excluded=True)


def by_what_it_belongs_to() -> None:
    whole = Item.objects.create(kind="album", title="Whole", title_key="whole", is_excluded=True)
    Item.objects.filter(title__in=BOTH).update(parent=whole)


def put() -> None:
    for number, item in enumerate(Item.objects.filter(title__in=BOTH)):
        path = b"/media/kids/%d.mkv" % number
        MediaFile.objects.create(
            item=item, path_raw=path, path=path.decode(), size_bytes=1, mtime_ns=1, content_hash=str(number)
        )


def by_folder() -> None:
    put()
    exclusions.exclude_folder(b"/media/kids")


def by_library() -> None:
    put()
    Library.objects.create(name="Kids", root="/media", root_raw=b"/media", is_excluded=True)


WAYS = pytest.mark.parametrize("keep_out", [by_itself, by_what_it_belongs_to, by_folder, by_library])


def name(ids: list[int]) -> set[str]:
    return set(Item.objects.filter(pk__in=ids).values_list("title", flat=True))


@WAYS
@pytest.mark.parametrize("source", [*HOME_SOURCES, *QUERY_SOURCES, *SEED_SOURCES], ids=lambda one: one.__module__)
def test_no_source_of_candidates_brings_it(source: Source, keep_out: Callable[[], None], ana: Person) -> None:
    seed = Item.objects.get(title="Slow Film 1").pk
    request = RecommendRequest(ana.pk, Filters(), query="slow", seed_ids=(seed,), limit=60)
    keep_out()
    found = build_pool(request, load_profile(ana.pk), None, (source,), 60)
    assert name(list(found.items)).isdisjoint(BOTH)


@WAYS
def test_it_is_offered_until_it_is_kept_out(keep_out: Callable[[], None], ana: Person) -> None:
    request = RecommendRequest(ana.pk, Filters(kinds=("film",)), limit=30)
    assert KEPT_OUT in name([one.item_id for one in pipeline.recommend(request).items])
    keep_out()
    left = name([one.item_id for one in pipeline.recommend(request).items])
    assert "Slow Film 11" in left and KEPT_OUT not in left
    seed = Item.objects.get(title="Slow Film 1").pk
    assert KEPT_OUT not in name([one.item_id for one in pipeline.similar_items(seed, ana.pk, 30)])


@WAYS
def test_no_page_shows_it(keep_out: Callable[[], None], ana: Person) -> None:
    client = Client()
    client.force_login(ana)
    keep_out()
    asked = (reverse("home"), f"{reverse('search')}?q=slow", f"{reverse('search-results')}?q=Slow+Film+12")
    pages = [client.get(address).content.decode() for address in asked]
    assert all(KEPT_OUT not in page.replace('value="Slow Film 12"', "").replace("“Slow Film 12”", "") for page in pages)
    assert "Slow Film 11" in pages[0] and "Slow Film 11" in pages[1]


@WAYS
def test_the_chat_does_not_offer_it(keep_out: Callable[[], None], ana: Person) -> None:
    client = Client()
    client.force_login(ana)
    keep_out()
    for said in ("a slow film", "a film like Slow Film 11"):
        client.post(reverse("chat-send"), {"text": said, "thread": uuid.uuid4()}, headers={"HX-Request": "true"})
    shown = [item_id for turn in ChatTurn.objects.all() for item_id in turn.item_ids]
    assert shown and KEPT_OUT not in name(shown)


@WAYS
def test_a_playlist_does_not_hold_it(keep_out: Callable[[], None], ana: Person) -> None:
    keep_out()
    seeds = tuple(Item.objects.filter(title__in=(SONG_KEPT_OUT, "Soft Song 1")).values_list("pk", flat=True))
    wish = playlists.PlaylistRequest(seeds, "gentle piano", Filters(kinds=("track",)), duration_seconds=3600)
    held = name(list(playlists.build_playlist(ana.pk, wish).item_ids))
    assert held and SONG_KEPT_OUT not in held


@WAYS
def test_no_program_gets_it(keep_out: Callable[[], None], ana: Person) -> None:
    headers = {"Authorization": f"Bearer {create_token(ana, 'a program')[1]}"}
    keep_out()
    answer = Client().get("/api/recommendations", {"limit": "50", "kinds": "film"}, headers=headers)
    assert answer.status_code == 200 and answer.json()["items"]
    assert KEPT_OUT not in answer.content.decode()


def test_it_is_offered_again_when_it_is_let_in(ana: Person) -> None:
    by_folder()
    exclusions.include_folder(ExcludedFolder.objects.get().pk)
    request = RecommendRequest(ana.pk, Filters(kinds=("film",)), limit=30)
    assert KEPT_OUT in name([one.item_id for one in pipeline.recommend(request).items])
