"""Everything is behind the login but what must be open to get through it."""

from collections.abc import Iterator
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, StringConverter
from django.utils import timezone

from mediarec.library.models import Item, Person

OPEN = frozenset({"login", "logout", "setup", "manifest", "service-worker", "offline", "healthz"})
SAMPLES = {IntConverter: 1, StringConverter: "x.webp"}


def list_pages() -> Iterator[URLPattern]:
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and not pattern.namespace:
            yield from (page for page in pattern.url_patterns if isinstance(page, URLPattern))


PAGES = sorted(page.name for page in list_pages() if page.name and page.name not in OPEN)


def find_address(name: str) -> str:
    page = next(page for page in list_pages() if page.name == name)
    return reverse(name, kwargs={key: SAMPLES[type(kind)] for key, kind in page.pattern.converters.items()})


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_it_sends_a_stranger_to_the_login(name: str) -> None:
    for method in ("get", "post"):
        answer = getattr(Client(), method)(find_address(name))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("login"))


def test_it_knows_every_page() -> None:
    assert {"home", "item-detail", "search", "imports", "chat", "playlists", "settings", "artwork"} <= set(PAGES)


@pytest.mark.django_db
def test_it_sends_a_stranger_from_the_admin_to_a_login() -> None:
    assert Client().get("/admin/").status_code == 302


def test_it_tells_a_first_visitor_where_the_link_is(db: None) -> None:
    assert b"first-run link" in Client().get(reverse("login")).content


def test_it_signs_in_and_out(ana: Person) -> None:
    client = Client()
    wrong = client.post(reverse("login"), {"username": "ana", "password": "not it"})
    assert wrong.status_code == 200
    assert b"correct username and password" in wrong.content
    right = client.post(reverse("login"), {"username": "ana", "password": "a long password"})
    assert right["Location"] == reverse("home")
    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))
    assert client.get(reverse("home")).status_code == 302


def test_password_guessing_locks_out_only_the_one_who_guesses(ana: Person, bo: Person) -> None:
    def sign_in(name: str, password: str, address: str = "10.0.0.1") -> Any:
        return Client(REMOTE_ADDR=address).post(reverse("login"), {"username": name, "password": password})

    answers = [sign_in("ana", f"guess {number}") for number in range(settings.AXES_FAILURE_LIMIT)]
    assert [answer.status_code for answer in answers] == [200] * (len(answers) - 1) + [429]
    late = sign_in("ana", "a long password")
    assert late.status_code == 429
    assert b"in 10 minutes" in late.content
    assert sign_in("ana", "a long password", "10.0.0.2")["Location"] == reverse("home")
    assert sign_in("bo", "a long password")["Location"] == reverse("home")
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME)
    assert sign_in("ana", "a long password")["Location"] == reverse("home")


def test_it_refuses_a_form_without_the_token(ana: Person, library: dict[str, Item]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    answer = client.post(reverse("item-act", args=[library["Slow Film 9"].pk]), {"what": "liked"})
    assert answer.status_code == 403
    assert b"Nothing was changed" in answer.content
    assert not ana.interactions.filter(what="liked").exists()


def test_every_card_carries_the_token_that_its_form_needs(ana: Person, library: dict[str, Item]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    page = client.get(reverse("home")).content.decode()
    item = library["Slow Film 9"]
    form = page.split(f'action="{reverse("item-act", args=[item.pk])}"')[-1].split("</form>")[0]
    token = form.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    answer = client.post(
        reverse("item-act", args=[item.pk]), {"what": "liked", "next": "/", "csrfmiddlewaretoken": token}
    )
    assert answer.status_code == 302
    assert ana.interactions.filter(what="liked").exists()


@pytest.mark.django_db
def test_a_session_that_ended_leads_to_the_login_and_back_to_the_page() -> None:
    page = "http://testserver/search?q=heat"
    pressed = Client().get(reverse("search-results"), headers={"HX-Request": "true", "HX-Current-URL": page})
    assert pressed.status_code == 401 and not pressed.content
    assert pressed["HX-Redirect"] == f"{reverse('login')}?next=/search%3Fq%3Dheat"
    sent = Client().post(reverse("item-act", args=[1]), headers={"Referer": "http://testserver/items/1"})
    assert sent["Location"] == f"{reverse('login')}?next=/items/1"
    elsewhere = Client().post(reverse("item-act", args=[1]), headers={"Referer": "https://elsewhere.example/items/1"})
    assert elsewhere["Location"] == f"{reverse('login')}?next=/"
