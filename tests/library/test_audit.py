"""The audit log: what it writes down, and that nothing rewrites it."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from mediarec.library import audit
from mediarec.library.models import AuditEntry, Item, Person
from tests.people import make_library

pytestmark = pytest.mark.django_db


@pytest.fixture
def item() -> Item:
    return make_library()["Slow Film 1"]


@pytest.fixture
def keeper() -> Person:
    return Person.objects.create_user("kim")


def test_it_stores_actor_object_before_and_after(item: Item, keeper: Person) -> None:
    before = audit.describe_fields(item)
    item.title, item.year = "Slow Film One", 1999
    changed = audit.diff_fields(before, audit.describe_fields(item))
    entry = audit.record_change(keeper, "edited", item, *changed)
    assert entry.before == {"title": "Slow Film 1", "year": 1964}
    assert entry.after == {"title": "Slow Film One", "year": 1999}
    assert (entry.actor, entry.table, entry.object_id) == ("kim", "item", str(item.pk))
    assert list(audit.list_entries(item)) == [entry]


def test_an_entry_is_never_changed_or_deleted(item: Item, keeper: Person) -> None:
    entry = audit.record_change(keeper, "edited", item)
    for sql in ("UPDATE library_auditentry SET actor = 'nobody'", "DELETE FROM library_auditentry"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(sql)
    assert AuditEntry.objects.get() == entry


def test_an_entry_outlives_its_actor_and_its_object(item: Item, keeper: Person) -> None:
    audit.record_change(keeper, "deleted", item)
    item.delete()
    keeper.delete()
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.object_name) == ("kim", "Slow Film 1 (1964)")


def test_a_bulk_change_skips_unchanged_objects(item: Item, keeper: Person) -> None:
    Item.objects.filter(pk=item.pk).update(is_excluded=True)
    chosen = Item.objects.filter(title__startswith="Slow Film")
    assert audit.record_bulk(keeper, "excluded", chosen, {"is_excluded": True}) == 11
    assert not audit.list_entries(item).exists()


def test_it_stores_no_secret(keeper: Person) -> None:
    entry = audit.record_change(keeper, "edited", keeper, {}, {**audit.describe_fields(keeper), "password": "x"})
    assert "password" not in entry.after and entry.after["username"] == "kim"


def test_long_texts_and_unusual_values_are_shortened(item: Item, keeper: Person) -> None:
    entry = audit.record_change(keeper, "edited", item, {}, {"synopsis": "a" * 9000, "path": b"caf\xe9", "ids": {3}})
    entry.refresh_from_db()
    assert len(entry.after["synopsis"]) == audit.LONGEST_VALUE + 1
    assert entry.after["path"] == "caf\\xe9" and entry.after["ids"] == [3]
