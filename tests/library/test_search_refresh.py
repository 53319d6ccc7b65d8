"""Works of an earlier version are indexed again by the migration that runs when the new one starts."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Item
from tests.people import make_library

MIGRATION = import_module("mediarec.library.migrations.0006_search_in_every_language")


@pytest.fixture
def old_library(db: None) -> list[int]:
    ids = [item.pk for item in make_library().values()]
    Item.objects.filter(pk__in=ids).update(search=None)
    return ids


def read_search(ids: list[int]) -> dict[int, Any]:
    return dict(Item.objects.filter(pk__in=ids).values_list("pk", "search"))


def test_every_work_is_indexed_as_the_running_code_would(
    old_library: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    Item.objects.filter(pk=old_library[0]).update(title="Die Vögel", language="de", synopsis="Vögel greifen an.")
    monkeypatch.setattr(MIGRATION, "CHUNK", 3)
    with connection.schema_editor() as editor:
        MIGRATION.refresh(apps, editor)
    found = read_search(old_library)
    refresh_search(old_library)
    assert found == read_search(old_library)
    assert "angreif" in found[old_library[0]] or "greif" in found[old_library[0]]


def test_an_unchanged_row_is_not_written_again(old_library: list[int]) -> None:
    refresh_search(old_library)
    with connection.schema_editor() as editor:
        with connection.cursor() as cursor:
            cursor.execute("SELECT xmin::text, ctid::text FROM library_item ORDER BY id")
            before = cursor.fetchall()
        MIGRATION.refresh(apps, editor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, ctid::text FROM library_item ORDER BY id")
        assert cursor.fetchall() == before
