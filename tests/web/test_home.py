"""Home: full, empty, narrowed, and while something is going on."""

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Item, MediaFile, Person
from mediarec.web.cards import find_reason
from recommender import pipeline
from recommender.models import Impression
from recommender.types import RecommendRequest
from tests.web.conftest import sign_in
from worker.models import Job


def read_home(client: Client, **query: str) -> str:
    answer = client.get(reverse("home"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_slow_films_to_ana_with_a_reason(ana_client: Client) -> None:
    page = read_home(ana_client)
    assert "For you" in page
    assert "Slow Film 9" in page
    assert "card-reason" in page


def test_it_gives_a_page_to_cy_who_has_no_history(cy: Person) -> None:
    page = read_home(sign_in(cy))
    assert 'class="card ' in page
    assert "until we know you better" in page


def test_it_names_three_ways_to_start_where_there_is_nothing(django_user_model: type[Person], db: None) -> None:
    person = django_user_model.objects.create_superuser("dee", password="a long password")
    page = read_home(sign_in(person))
    assert "Add a folder" in page
    assert "Upload an export" in page
    assert "Load the demo" in page


def test_it_leaves_the_demo_to_who_keeps_the_installation(django_user_model: type[Person], db: None) -> None:
    page = read_home(sign_in(django_user_model.objects.create_user("eli", password="a long password")))
    assert reverse("demo-load") not in page


def test_it_shows_only_what_is_owned_when_asked_and_remembers_it(ana_client: Client, library: dict[str, Item]) -> None:
    mine = library["Slow Film 8"]
    MediaFile.objects.create(item=mine, path_raw=b"/a", path="/a", size_bytes=1, mtime_ns=1, content_hash="a")
    for page in (read_home(ana_client, ownership="owned"), read_home(ana_client)):
        assert "Slow Film 8" in page
        assert "Slow Film 9" not in page
    assert "Slow Film 9" in read_home(ana_client, ownership="any")


def test_it_says_what_to_do_when_nothing_is_owned(ana_client: Client) -> None:
    assert "Show everything" in read_home(ana_client, ownership="owned")


def test_it_records_what_was_shown(ana_client: Client, ana: Person) -> None:
    read_home(ana_client)
    assert Impression.objects.filter(slate__person=ana).exists()


def test_it_says_what_is_going_on_and_asks_again(ana_client: Client) -> None:
    Job.objects.create(kind="import", label="Reading /music", state=Job.State.RUNNING, done=3, total=9, unit="files")
    page = read_home(ana_client)
    assert "Reading /music" in page
    assert "3 of 9 files" in page
    assert f'hx-get="{reverse("activity")}"' in page
    Job.objects.update(state=Job.State.DONE)
    assert "hx-get" not in ana_client.get(reverse("activity")).content.decode()


def test_it_keeps_to_itself_what_somebody_else_brings_in(ana_client: Client, bo: Person) -> None:
    Job.objects.create(kind="import", label="Read private.zip", state=Job.State.RUNNING, person=bo)
    assert "private.zip" not in read_home(ana_client)
    assert "private.zip" in read_home(sign_in(bo))


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_it_treats_a_title_as_text_and_never_as_markup(ana_client: Client, library: dict[str, Item], evil: str) -> None:
    Item.objects.filter(pk=library["Slow Film 9"].pk).update(title=evil)
    page = read_home(ana_client)
    assert evil not in page
    assert "&lt;" in page


def test_a_newcomer_reads_no_reasons_that_are_none(cy: Person, library: dict[str, Item]) -> None:
    Item.objects.update(popularity=0.0)
    slate = pipeline.recommend(RecommendRequest(cy.pk, limit=20))
    told = {line.explanation for line in slate.items if "fresh" not in line.sources}
    assert told == {"Nothing of yours points to it yet."}
    assert {find_reason(line) for line in slate.items if "fresh" not in line.sources} == {""}
    page = sign_in(cy).get(reverse("home")).content.decode()
    assert "Nothing of yours" not in page
    assert pipeline.explain_item(cy.pk, library["Slow Film 9"].pk) == []
