"""An extended cached history equals one that is read anew, whatever changed in between."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediarec.library.models import Interaction, InteractionType, Item, Person
from recommender.taste import history
from recommender.taste.history import load_history
from recommender.taste.ignored_items import ignore_item, restore_item

pytestmark = pytest.mark.django_db


def read_anew(person: Person) -> tuple[history.TasteEvent, ...]:
    history._cache.clear()
    return load_history(person.pk).events


def like(person: Person, title: str, days_ago: float = 0.0) -> Interaction:
    item = Item.objects.get(title=title)
    moment = timezone.now() - timedelta(days=days_ago)
    return Interaction.objects.create(person=person, item=item, what=InteractionType.LIKED, occurred_at=moment)


def test_newly_recorded_events_extend_the_cached_history(ana: Person) -> None:
    former = load_history(ana.pk).events
    like(ana, "Slow Film 7")
    like(ana, "Slow Film 8")
    gone_on = load_history(ana.pk).events
    assert [event.title for event in gone_on[-2:]] == ["Slow Film 7", "Slow Film 8"]
    assert gone_on[: len(former)] == former
    assert gone_on == read_anew(ana)


@pytest.mark.parametrize("is_read_before", [False, True])
def test_an_event_recorded_during_the_read_counts_once(
    is_read_before: bool, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_read_before:
        load_history(ana.pk)
        like(ana, "Slow Film 7")
    read_key = history._read_key

    def read_key_while_another_thread_records(person_id: int) -> history.HistoryKey:
        key = read_key(person_id)
        monkeypatch.undo()
        like(ana, "Slow Film 8")
        return key

    monkeypatch.setattr(history, "_read_key", read_key_while_another_thread_records)
    load_history(ana.pk)
    gone_on = load_history(ana.pk).events
    assert [event.title for event in gone_on].count("Slow Film 8") == 1
    assert gone_on == read_anew(ana)


def test_an_older_event_recorded_later_is_sorted_in(ana: Person) -> None:
    load_history(ana.pk)
    like(ana, "Slow Film 7", days_ago=40000)
    events = load_history(ana.pk).events
    assert events[0].title == "Slow Film 7"
    assert events == read_anew(ana)


def test_an_event_withdrawn_while_another_is_recorded_is_removed(ana: Person) -> None:
    like(ana, "Slow Film 7")
    first = Interaction.objects.filter(person=ana).order_by("pk").first()
    load_history(ana.pk)
    assert first is not None
    first.withdrawn_at = timezone.now()
    first.save()
    like(ana, "Slow Film 8")
    assert load_history(ana.pk).events == read_anew(ana)


def test_new_events_of_an_ignored_item_stay_out(ana: Person) -> None:
    item = Item.objects.get(title="Slow Film 7")
    like(ana, item.title)
    ignore_item(ana.pk, item.pk)
    load_history(ana.pk)
    like(ana, item.title)
    assert item.pk not in {event.item_id for event in load_history(ana.pk).events}
    restore_item(ana.pk, item.pk)
    assert [event.item_id for event in load_history(ana.pk).events].count(item.pk) == 2


def test_only_the_newest_events_of_a_long_history_are_kept(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_EVENTS", 3)
    read_anew(ana)
    like(ana, "Slow Film 8")
    events = load_history(ana.pk).events
    assert len(events) == 3
    assert events == read_anew(ana)
