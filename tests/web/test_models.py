"""The models screen: what fills each slot and why, progress with pause, failures with another try."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mediarec.library.models import Item, Person
from recommender.backends import selection
from recommender.models import EnrichmentFailure, LoadFailure, Reading
from tests.web.conftest import sign_in
from worker import dispatch, jobs
from worker.models import Job


@pytest.fixture
def keeper(ana: Person, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(dispatch, "enqueue_enrichment", lambda: None)
    ana.is_staff = True
    ana.save()
    return sign_in(ana)


def test_it_names_every_slot_and_labels_a_stand_in(keeper: Client) -> None:
    page = keeper.get(reverse("models")).content.decode()
    for slot in ("Text", "Pictures", "Sound", "Writing", "Ranking"):
        assert slot in page
    assert "Library analysis" in page


def test_it_shows_how_far_it_has_come(keeper: Client, library: dict[str, Item]) -> None:
    fragment = keeper.get(reverse("models-progress")).content.decode()
    assert f"0 of {len(library)}" in fragment
    assert "every 3s" in fragment and "<html" not in fragment


def test_it_pauses_and_goes_on(keeper: Client) -> None:
    keeper.post(reverse("enrichment-switch"), {"paused": "1"})
    assert jobs.is_switched_on("enrichment_paused")
    page = keeper.get(reverse("models")).content.decode()
    assert "Paused. Finished work is kept." in page and "Resume" in page
    keeper.post(reverse("enrichment-switch"), {"paused": "0"})
    assert not jobs.is_switched_on("enrichment_paused")


def test_it_says_what_could_not_be_read_and_tries_again(keeper: Client, library: dict[str, Item]) -> None:
    EnrichmentFailure.objects.create(
        item=library["Slow Film 1"], stage="image", content_hash="x", reason="The cover is truncated."
    )
    assert "The cover is truncated." in keeper.get(reverse("models")).content.decode()
    keeper.post(reverse("enrichment-retry"))
    assert not EnrichmentFailure.objects.exists()


def test_one_file_alone_is_tried_again(keeper: Client, library: dict[str, Item]) -> None:
    rows = [
        EnrichmentFailure.objects.create(item=item, stage="sound", content_hash="x", reason="It is silent.")
        for item in list(library.values())[:2]
    ]
    keeper.post(reverse("enrichment-retry"), {"failure": rows[0].pk})
    assert list(EnrichmentFailure.objects.all()) == [rows[1]]


def test_it_says_how_the_language_model_comes_along(keeper: Client) -> None:
    Job.objects.create(kind="setup", label="Preparing the language model", state="running", message="Compiling")
    page = keeper.get(reverse("models")).content.decode()
    assert "Preparing the language model" in page and "Compiling" in page


def test_it_names_what_cannot_be_loaded_and_tries_it_again(
    keeper: Client, library: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(dispatch, "enqueue_unloaded", lambda: asked.append("unloaded"))
    assert "Could not be loaded" not in keeper.get(reverse("models")).content.decode()
    LoadFailure.objects.create(part="The eyes", reason="libGL.so.1 is missing.", tried_at=timezone.now())
    Reading.objects.create(item=library["Slow Film 1"], reader="moving pictures", version="1", skipped=["The eyes"])
    page = keeper.get(reverse("models")).content.decode()
    assert "Could not be loaded" in page and "libGL.so.1 is missing." in page
    assert "1 item analysed without it will be analysed again." in page
    keeper.post(reverse("load-retry"))
    assert asked == ["unloaded"]


def test_only_the_keeper_pauses_and_retries(bo: Person) -> None:
    client = sign_in(bo)
    assert client.post(reverse("enrichment-switch"), {"paused": "1"}).status_code == 403
    assert client.post(reverse("enrichment-retry")).status_code == 403
    assert client.post(reverse("load-retry")).status_code == 403
    assert "Pause</button>" not in client.get(reverse("models")).content.decode()
    assert not jobs.is_switched_on("enrichment_paused")


def test_it_lists_every_encoder_and_switches_with_one_button(keeper: Client) -> None:
    page = keeper.get(reverse("models")).content.decode()
    assert "All available models" in page
    assert "all-MiniLM-L6-v2" in page and "No CLIP weights" in page
    path = "recommender.encoders.image_efficientnet.EfficientNetImageEncoder"
    keeper.post(reverse("encoder-choose"), {"slot": "image", "path": path})
    assert selection.list_paths("image")[0] == path


def test_it_refuses_a_model_that_the_settings_do_not_name(keeper: Client) -> None:
    answer = keeper.post(reverse("encoder-choose"), {"slot": "image", "path": "os.system"})
    assert answer.status_code == 400
    assert "os.system" not in selection.list_paths("image")
