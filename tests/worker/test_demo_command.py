"""manage.py demo: enrichment in the background, or at once with --now."""

import pytest
from django.core.management import call_command

from mediarec.library import demo
from mediarec.library.models import BatchState, ImportBatch, Item
from tests.people import make_cy, make_library
from worker import dispatch
from worker.management.commands import demo as command

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the command triggered, in order; the catalogue is a small one."""
    names: list[str] = []

    def load_demo() -> ImportBatch:
        make_library()
        batch = ImportBatch.objects.create(person=make_cy(), source="demo", label="demo", state=BatchState.COMMITTED)
        Item.objects.update(batch=batch)
        return batch

    monkeypatch.setattr(demo, "load_demo", load_demo)
    monkeypatch.setattr(demo, "remove_demo", lambda: names.append("removed"))
    monkeypatch.setattr(dispatch, "enqueue_enrichment", lambda: names.append("later"))
    monkeypatch.setattr(command, "run_enrichment", lambda: names.append("now"))
    return names


@pytest.mark.parametrize(("arguments", "when"), [((), "later"), (("--now",), "now")])
def test_it_prints_the_contents_and_starts_enrichment(
    done: list[str], capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], when: str
) -> None:
    call_command("demo", *arguments)
    assert "The demo holds 60 works" in capsys.readouterr().out
    assert done == [when]


def test_remove_deletes_the_demo_and_loads_nothing(done: list[str]) -> None:
    call_command("demo", "--remove")
    assert done == ["removed"]
    assert not Item.objects.exists()
