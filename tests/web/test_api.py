"""The API: opened by a key or a signed-in session, the same answers as the pages, nothing of anybody else."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import ApiToken, ImportBatch, Interaction, Item, Person
from mediarec.web.tokens import create_token
from recommender import playlists
from tests.web.conftest import sign_in
from worker import dispatch


@pytest.fixture(autouse=True)
def searchable(library: dict[str, Item]) -> None:
    refresh_search([item.pk for item in library.values()])


class Program:
    """A program that holds a key; it has no cookies and checks no forms."""

    def __init__(self, key: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(f"/api{path}", json.dumps(body or {}), "application/json", headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api{path}", headers=self.headers)


@pytest.fixture
def program(ana: Person) -> Program:
    return Program(create_token(ana, "test")[1])


@pytest.fixture
def stranger(bo: Person) -> Program:
    return Program(create_token(bo, "test")[1])


def test_it_asks_who_is_there(db: None) -> None:
    answer = Client().get("/api/recommendations")
    assert answer.status_code == 401
    assert Program("mr_wrong").get("/recommendations").status_code == 401


def test_a_key_opens_it_until_it_is_revoked(program: Program, ana: Person) -> None:
    assert program.get("/recommendations", limit=5).status_code == 200
    token = ApiToken.objects.get(person=ana)
    assert token.last_used_at is not None
    assert program.headers["Authorization"].removeprefix("Bearer ") not in token.digest
    token.delete()
    assert program.get("/recommendations").status_code == 401


def test_a_key_of_somebody_who_may_not_sign_in_opens_nothing(program: Program, ana: Person) -> None:
    ana.is_active = False
    ana.save()
    assert program.get("/recommendations").status_code == 401


def test_a_session_needs_the_form_token_to_change_something(ana: Person, library: dict[str, Item]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    body = json.dumps({"item_id": library["Slow Film 9"].pk, "what": "liked"})
    before = Interaction.objects.count()
    assert client.post("/api/interactions", body, "application/json").status_code == 403
    assert Interaction.objects.count() == before
    token = client.get(reverse("settings")).cookies["csrftoken"].value
    headers = {"X-CSRFToken": token}
    assert client.post("/api/interactions", body, "application/json", headers=headers).status_code == 201


def test_it_recommends_like_the_pages(program: Program) -> None:
    slate = program.get("/recommendations", limit=3, kinds=["film"]).json()
    assert [item["title"] for item in slate["items"]] and all("Slow Film" in item["title"] for item in slate["items"])
    assert slate["ranker"]


def test_it_reads_an_item_and_says_what_is_not_there(program: Program, library: dict[str, Item]) -> None:
    item = program.get(f"/items/{library['Slow Film 1'].pk}").json()
    assert (item["title"], item["kind"], item["owned"]) == ("Slow Film 1", "film", False)
    missing = program.get("/items/999999")
    assert missing.status_code == 404 and missing.json()["detail"]


def test_it_finds_by_words(program: Program) -> None:
    found = program.get("/items/search", text="Loud Song 3").json()
    assert found["items"][0]["title"] == "Loud Song 3"


def test_it_records_and_takes_back(program: Program, stranger: Program, library: dict[str, Item]) -> None:
    item_id = library["Slow Film 9"].pk
    made = program.post("/interactions", {"item_id": item_id, "what": "rated", "value": 0.8})
    assert made.status_code == 201
    number = made.json()["id"]
    assert stranger.delete(f"/interactions/{number}").status_code == 404
    assert number not in [row["id"] for row in stranger.get("/interactions").json()]
    assert program.delete(f"/interactions/{number}").status_code == 200


@pytest.mark.parametrize("body", [{"what": "danced"}, {"what": "rated"}, {"what": "liked", "value": 0.5}])
def test_it_refuses_what_makes_no_sense(body: dict[str, Any], program: Program, library: dict[str, Item]) -> None:
    answer = program.post("/interactions", {"item_id": library["Slow Film 9"].pk, **body})
    assert answer.status_code in {400, 422} and answer.json()["detail"]


def test_it_talks(program: Program) -> None:
    said = program.post("/chat", {"text": "a slow film"}).json()
    assert said["answer"] and said["answered_by"] == "template"
    assert "Slow Film" in said["items"][0]["title"]
    assert program.post("/chat", {"text": " "}).status_code in {400, 422}


def test_it_makes_a_playlist_that_nobody_else_reads(program: Program, stranger: Program, ana: Person) -> None:
    made = program.post("/playlists", {"query": "gentle piano", "kinds": ["track"], "minutes": 20}).json()
    assert made["item_ids"]
    assert program.get(f"/playlists/{made['id']}/m3u8").content.startswith(b"#EXTM3U")
    for path in (f"/playlists/{made['id']}", f"/playlists/{made['id']}/m3u8"):
        assert stranger.get(path).status_code == 404
    assert stranger.delete(f"/playlists/{made['id']}").status_code == 404
    assert playlists.find_playlist(ana.pk, made["id"])


def test_it_takes_back_ones_own_import_only(
    program: Program, stranger: Program, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    undone: list[int] = []
    monkeypatch.setattr(dispatch, "enqueue_undo", undone.append)
    batch = ImportBatch.objects.create(person=ana, source="generic", label="seen.csv", state="committed")
    assert stranger.post(f"/imports/{batch.pk}/undo").status_code == 404
    assert program.post(f"/imports/{batch.pk}/undo").status_code == 202
    assert undone == [batch.pk]


def test_the_documentation_opens_and_loads_nothing_from_elsewhere(ana: Person) -> None:
    client = sign_in(ana)
    page = client.get(reverse("api:openapi-view")).content.decode()
    assert "swagger-ui-bundle.js" in page
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//", page)
    paths = client.get(reverse("api:openapi-json")).json()["paths"]
    assert {"/api/recommendations", "/api/chat", "/api/playlists"} <= set(paths)


def test_the_documentation_is_behind_the_login(db: None) -> None:
    assert Client().get(reverse("api:openapi-view")).status_code == 302
