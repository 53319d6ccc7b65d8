"""Loading and removing the demo. The works come from the JSONL files beside this module."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import CASCADE, QuerySet
from django.utils import timezone

from mediarec.library import batches
from mediarec.library.artwork import write_artwork
from mediarec.library.errors import MediarecError
from mediarec.library.generated_artwork import DrawingFacts, draw_artwork
from mediarec.library.importers.base import ParsedWork
from mediarec.library.importers.generic import read_record
from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import BatchState, ImportBatch, Interaction, Item, Person
from mediarec.library.persistence import WorkWriter

FOLDER = Path(__file__).resolve().parent
CATALOGUES = ("films", "series", "albums", "tracks", "videos")
HISTORIES = ("people_screen", "people_music")
DEMO_PEOPLE = {"ana": "Ana", "bo": "Bo", "dana": "Dana"}
TOP_RATING = 5.0
MAKER_ROLES = ("director", "creator", "artist", "composer")
WorkKey = tuple[str, str, str]  # kind, title, and the year or the artist


def find_demo() -> ImportBatch | None:
    return ImportBatch.objects.filter(is_demo=True, state=BatchState.COMMITTED).first()


def load_demo(now: datetime | None = None) -> ImportBatch:
    """Loads everything in one transaction; a demo that is there already is returned as it is."""
    present = find_demo()
    if present is not None:
        return present
    with transaction.atomic():
        people = [_find_person(username, name) for username, name in DEMO_PEOPLE.items()]
        batch = ImportBatch.objects.create(
            person=people[0], source="demo", label="Demo catalogue", is_demo=True, state=BatchState.COMMITTING
        )
        known = _store_catalogue(batch)
        count = sum(_store_history(person, batch, known, now or timezone.now()) for person in people)
        batch.state, batch.committed_at = BatchState.COMMITTED, timezone.now()
        batch.counts = {"interactions_added": count, "files_added": 0}
        batch.save()
    return batch


def remove_demo() -> None:
    """Takes works, histories, people and pictures away; what a real person did with a demo work keeps that work."""
    _take_everything_from(Person.objects.filter(is_demo=True, username__in=DEMO_PEOPLE))
    for batch in ImportBatch.objects.filter(is_demo=True).exclude(state=BatchState.UNDONE):
        batches.undo_batch(batch.pk)
    # The batch belongs to a demo person, so it goes with them; items that stayed keep standing without it.
    Person.objects.filter(is_demo=True, username__in=DEMO_PEOPLE).delete()


def _take_everything_from(people: QuerySet[Person]) -> None:
    """First of all: a work in a playlist of theirs, made by whoever looked around as them, would count as in use."""
    for relation in Person._meta.related_objects:
        if relation.on_delete is CASCADE and relation.one_to_many and relation.related_model is not ImportBatch:
            relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": people}).delete()


def _find_person(username: str, name: str) -> Person:
    person = Person.objects.filter(username=username).first()
    if person is None:
        person = Person(username=username, first_name=name, is_demo=True)
        person.set_unusable_password()
        person.save()
    elif not person.is_demo:
        raise MediarecError(f"Somebody here is called {username} already, and so is one of the demo's people.")
    return person


def _store_catalogue(batch: ImportBatch) -> dict[WorkKey, int]:
    known: dict[WorkKey, int] = {}
    rows = [read_record("demo", record) for name in CATALOGUES for record in _read_records(name)]
    broken = next((row.problem for row in rows if row.problem), "")
    if broken:
        raise MediarecError(f"The demo catalogue is damaged: {broken}")
    works = [row.work for row in rows if row.work]
    writer = WorkWriter(batch, works)
    placed = [writer.store_one(work, is_new=True) for work in works]  # its own, so that it can be taken away whole
    for work, made in zip(works, placed, strict=True):
        if made.parent and work.parent:  # a track shows its album's picture
            _draw(made.parent.item, work.parent)
            made.item.artwork, made.item.artwork_is_drawn = made.parent.item.artwork, True
        _draw(made.item, work)
    writer.write()
    for work, made in zip(works, placed, strict=True):
        for maker in ("", str(work.year or ""), *map(normalise_title, _list_makers(work))):
            known.setdefault((work.kind, made.item.title_key, maker), made.item.pk)
    return known


def _list_makers(work: ParsedWork) -> tuple[str, ...]:
    return tuple(name for role in MAKER_ROLES for name in work.people.get(role, ()))


def _draw(item: Item, work: ParsedWork) -> None:
    """Before the item is written, unless it has a picture."""
    if item.artwork:
        return
    facts = DrawingFacts(item.kind, item.title, item.year, tuple(item.genres), _list_makers(work))
    item.artwork, item.artwork_is_drawn = write_artwork(draw_artwork(facts)), True


def _store_history(person: Person, batch: ImportBatch, known: dict[WorkKey, int], now: datetime) -> int:
    rows: dict[tuple[int, str, datetime], Interaction] = {}
    for place, event in enumerate(_read_events(person.username)):
        maker = normalise_title(event["artist"]) if "artist" in event else str(event.get("year", ""))
        item_id = known.get((event["kind"], normalise_title(event["title"]), maker))
        if item_id is None:
            raise MediarecError(f"The demo's history of {person.username} names {event['title']}, which is not there.")
        # Minutes apart, so that events of one day keep their order.
        when = now - timedelta(days=event["days_ago"], minutes=-place % 600)
        rows[item_id, event["what"], when] = Interaction(
            person=person,
            item_id=item_id,
            what=event["what"],
            value=event["rating"] / TOP_RATING if event["what"] == "rated" else None,
            occurred_at=when,
            origin="demo",
            batch=batch,
        )
    return len(Interaction.objects.bulk_create(rows.values()))


def _read_records(name: str) -> Iterator[dict[str, Any]]:
    for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _read_events(username: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for name in HISTORIES:
        events += json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")).get(username, [])
    return sorted(events, key=lambda event: -event["days_ago"])
