"""How well it knows you: plain words over figures kept in rows, one's own alone."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Person
from recommender.backends import ranker_weights
from recommender.finetuning.versions import store_metrics
from recommender.models import TrainedRanker
from tests.web.conftest import sign_in
from worker import dispatch
from worker.models import Job


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(dispatch, "_send", lambda task, *arguments: names.append(task))
    return names


def read(person: Person) -> str:
    return " ".join(sign_in(person).get(reverse("accuracy")).content.decode().split())


def tell(hits: int, unseen: int = 20, unseen_hits: int = 0) -> dict[str, float]:
    figures = {"hits": hits, "hr@10": hits / 20, "ndcg@10": 0.123, "mrr": 0.1}
    return {**figures, "unseen_events": unseen, "unseen_hits": unseen_hits}


def keep(person: Person, lists: dict[str, float] | None = None, **weights: dict[str, float]) -> None:
    """Figures of the weights in use, under "now", and of others under their own name."""
    version = ranker_weights.find_current().version
    named = {version if name == "now" else name: figures for name, figures in weights.items()}
    found = {"events": 20, "among": 1005, "weights": named, "popularity": tell(3), "similarity": tell(4)}
    if lists is not None:
        found["lists"] = lists
    store_metrics({"at": "2025-06-01T10:00:00+00:00", "versions": list(named), "people": {str(person.pk): found}})


def test_it_says_in_plain_words_what_it_would_have_offered(ana: Person, bo: Person) -> None:
    keep(ana, now=tell(7), lists=tell(9))
    page = read(ana)
    assert "Of your last 20 titles, 9 were among the first ten of your recommendations, out of about 1,005." in page
    assert "By popularity alone: 3." in page
    assert "9 of 20" in page and "7 of 20" in page and "4 of 20" in page
    assert "9 of 20" not in read(bo)  # nobody sees another's


def test_figures_of_the_weights_alone_are_called_that(ana: Person) -> None:
    keep(ana, now=tell(7))
    page = read(ana)
    assert "7 were among the first ten of the trained model alone, out of about 1,005." in page
    assert "Your lists, all together" not in page


def test_it_says_what_it_has_learned_from_meanwhile(ana: Person) -> None:
    keep(ana, now=tell(12, unseen=2, unseen_hits=1))
    page = read(ana)
    assert "learned from all but 2 of them, so the figures look better than they are. Of those 2, 1 was among" in page


def test_with_too_little_history_it_says_how_much_more_is_needed(cy: Person, sent: list[str]) -> None:
    page = read(cy)
    assert "Finish, like or rate highly 4 more titles to see figures here. So far there are 0." in page
    assert "once its people have finished, liked or rated highly 40 titles; so far there are 0." in page
    assert not sent


def test_what_was_never_measured_is_measured_in_the_background_once(ana: Person, sent: list[str]) -> None:
    assert "Your figures are being measured" in read(ana)
    read(ana)
    assert sent == ["worker.tasks.training.evaluate_household"]
    assert Job.objects.filter(kind="measuring").count() == 1


def test_anybody_may_ask_it_to_learn_and_it_never_runs_twice(ana: Person, bo: Person, sent: list[str]) -> None:
    for person in (ana, bo):
        assert sign_in(person).post(reverse("accuracy-learn")).status_code == 302
    assert sent == ["worker.tasks.training.train_household"]
    assert "Learning from the household" in read(bo)


def test_it_shows_the_last_five_runs_and_what_was_decided(ana: Person) -> None:
    for number in range(6):
        metrics = {"ndcg@10 before": 0.2, "ndcg@10 after": 0.1, "decision": "not taken"}
        TrainedRanker.objects.create(version=f"run-{number}", folder="/x", state="rejected", metrics=metrics)
    page = read(ana)
    assert "run-5" in page and "run-1" in page and "run-0" not in page
    assert "Rejected" in page and "0.200" in page


def test_the_former_weights_stand_beside_under_their_own_name(ana: Person) -> None:
    TrainedRanker.objects.create(
        version="former", folder=str(ranker_weights.find_shipped()), state=TrainedRanker.State.FORMER
    )
    keep(ana, now=tell(7))
    assert "Last week" not in read(ana)  # none were live then, and none are called so


def test_anonymous_users_are_redirected_to_the_login(db: None) -> None:
    assert Client().get(reverse("accuracy")).status_code == 302


@pytest.mark.parametrize("name", ["taste", "settings"])
def test_it_is_linked_from_where_one_looks(name: str, ana: Person) -> None:
    assert f'href="{reverse("accuracy")}"' in sign_in(ana).get(reverse(name)).content.decode()
