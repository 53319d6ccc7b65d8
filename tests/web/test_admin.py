"""The admin: for who keeps the installation, with the actions on items."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from mediarec.library.models import ApiToken, ImportBatch, Interaction, Item, Person
from mediarec.web.admin.navigation import GROUPS
from recommender.models import Description, Embedding, EmbeddingSpace, EnrichmentFailure
from tests.web.conftest import sign_in
from worker import dispatch

MODELS = sorted(model for links in GROUPS.values() for _, _, model in links)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was sent to the workers."""
    sent: list[str] = []
    monkeypatch.setattr(dispatch, "enqueue_enrichment", lambda: sent.append("understand"))
    monkeypatch.setattr(dispatch, "enqueue_undo", lambda pk: sent.append(f"undo {pk}"))
    return sent


@pytest.fixture
def keeper(ana: Person) -> Client:
    ana.is_staff = ana.is_superuser = True
    ana.save()
    return sign_in(ana)


def act(client: Client, action: str, *items: Any, model: str = "library_item") -> str:
    address = reverse(f"admin:{model}_changelist")
    fields = {"action": action, "_selected_action": [item.pk for item in items], "confirmed": "yes"}
    return client.post(address, fields, follow=True).content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_and_is_in_the_side_bar(model: str, keeper: Client) -> None:
    address = reverse(f"admin:{model}_changelist")
    page = keeper.get(address)
    assert page.status_code == 200
    assert f'href="{address}"' in page.content.decode()


def test_the_side_bar_names_everything_that_is_registered() -> None:
    registered = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    assert registered == set(MODELS)


def test_it_is_closed_to_everybody_else(bo: Person) -> None:
    answer = sign_in(bo).get(reverse("admin:index"))
    assert answer.status_code == 302 and "login" in answer["Location"]


def test_it_describes_and_embeds_again(keeper: Client, asked: list[str], library: dict[str, Item]) -> None:
    item = library["Slow Film 1"]
    Description.objects.create(item=item, describer="template", version="1", facts_hash="x", text="A film.")
    space = EmbeddingSpace.objects.create(modality="text", encoder="e", version="1", dims=3)
    Embedding.objects.create(item=item, space=space, content_hash="x", vector=[1, 0, 0])
    EnrichmentFailure.objects.create(item=item, stage="e", content_hash="x", reason="unreadable")
    act(keeper, "describe_again", item)
    assert not Description.objects.exists() and not EnrichmentFailure.objects.exists()
    act(keeper, "embed_again", item)
    assert Embedding.objects.get().content_hash == ""
    assert asked == ["understand", "understand"]


def test_it_keeps_an_item_from_being_recommended(keeper: Client, library: dict[str, Item]) -> None:
    item = library["Slow Film 1"]
    for action, expected in (("stop_recommending", True), ("recommend_again", False)):
        act(keeper, action, item)
        item.refresh_from_db()
        assert item.is_excluded is expected


def test_it_merges_and_loses_nothing_that_was_done(keeper: Client, asked: list[str], library: dict[str, Item]) -> None:
    first, second = library["Slow Film 1"], library["Slow Film 2"]
    before = Interaction.objects.filter(item__in=[first, second]).count()
    assert "items were merged into" in act(keeper, "merge_into_oldest", first, second)
    assert not Item.objects.filter(pk=second.pk).exists()
    assert Interaction.objects.filter(item=first).count() == before == 2


def test_it_says_why_it_cannot_merge(keeper: Client, asked: list[str], library: dict[str, Item]) -> None:
    act(keeper, "merge_into_oldest", library["Slow Film 1"], library["Loud Song 1"])
    assert Item.objects.filter(title__in=["Slow Film 1", "Loud Song 1"]).count() == 2


def test_it_takes_batches_back_but_never_deletes_them(keeper: Client, asked: list[str], ana: Person) -> None:
    batch = ImportBatch.objects.create(person=ana, source="generic", label="seen.csv", state="committed")
    act(keeper, "take_back", batch, model="library_importbatch")
    assert asked == [f"undo {batch.pk}"]
    assert keeper.post(reverse("admin:library_importbatch_delete", args=[batch.pk])).status_code == 403


def test_it_shows_no_digest_of_a_key(keeper: Client, ana: Person) -> None:
    token = ApiToken.objects.create(person=ana, name="test", digest="c0ffee" * 10)
    page = keeper.get(reverse("admin:library_apitoken_change", args=[token.pk])).content.decode()
    assert "test" in page and "c0ffee" not in page


def test_it_loads_nothing_from_another_host(keeper: Client) -> None:
    page = keeper.get(reverse("admin:index"))
    assert "script-src 'self'" in page["Content-Security-Policy"]
    text = page.content.decode()
    assert 'src="http' not in text and 'rel="stylesheet" href="http' not in text
