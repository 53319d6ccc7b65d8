"""Merging and splitting items, and taking both back exactly: every table is compared with what it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from mediarec.library.errors import MediarecError
from mediarec.library.item_lookup import refresh_search
from mediarec.library.item_merge import SplitRequest, merge_items, split_item, undo_change
from mediarec.library.models import (
    ExternalId,
    ImportBatch,
    ImportRow,
    Interaction,
    Item,
    ItemChange,
    MediaFile,
    Person,
    RememberedChoice,
)
from mediarec.library.row_reassignment import list_references
from recommender.models import Embedding, EmbeddingSpace, Playlist, PlaylistEntry, SameThing

pytestmark = pytest.mark.django_db
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def pair(ana: Person, library: dict[str, Item]) -> tuple[Item, Item]:
    """Two items with rows in every table that points at items, some of which cannot both be kept."""
    first, second = library["Slow Film 1"], library["Slow Film 2"]
    second.synopsis, second.artwork, second.genres = "A slow one.", "poster.webp", ["drama", "war"]
    second.save()
    space = EmbeddingSpace.objects.create(modality="text", encoder="e", version="1", dims=3, is_serving=True)
    playlist = Playlist.objects.create(person=ana, name="Evenings")
    other_list = Playlist.objects.create(person=ana, name="Mornings")
    batch = ImportBatch.objects.create(person=ana, source="generic", label="x")
    for position, item in enumerate((first, second)):
        Embedding.objects.create(item=item, space=space, content_hash=f"hash {position}", vector=[1, position, 0])
        PlaylistEntry.objects.create(playlist=playlist, item=item, position=position)
        Interaction.objects.create(person=ana, item=item, what="liked", occurred_at=NOON)
        ExternalId.objects.create(item=item, namespace=f"place{position}", value="1")
        make_file(item, f"/films/{position}.mkv")
    PlaylistEntry.objects.create(playlist=other_list, item=second, position=0)
    row = ImportRow.objects.create(batch=batch, number=1, place="x", item=second)
    RememberedChoice.objects.create(person=ana, fingerprint="f", decision="item", item=second, told="x", row=row)
    SameThing.objects.create(first=first, second=second, score=0.9)
    refresh_search(list(Item.objects.values_list("pk", flat=True)))
    return first, second


@pytest.mark.parametrize(("kept", "other"), [(0.2, 0.7), (0.7, 0.2)])
def test_a_merged_item_is_as_popular_as_the_more_popular_one(
    library: dict[str, Item], kept: float, other: float
) -> None:
    items = library["Slow Film 1"], library["Slow Film 2"]
    for item, popularity in zip(items, (kept, other), strict=True):
        Item.objects.filter(pk=item.pk).update(popularity=popularity)
    assert merge_items([item.pk for item in items]).popularity == 0.7


def make_file(item: Item, path: str) -> MediaFile:
    return MediaFile.objects.create(
        item=item, path_raw=path.encode(), path=path, size_bytes=1, mtime_ns=1, content_hash=path
    )


def read_tables() -> dict[str, list[str]]:
    """Every row of every table of ours but the list of changes itself, as PostgreSQL writes it."""
    tables: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label in {"library", "recommender"} and model is not ItemChange:
                cursor.execute(f'SELECT to_jsonb(r) FROM "{model._meta.db_table}" r ORDER BY 1')  # noqa: S608
                rows: list[Any] = [row[0] for row in cursor.fetchall()]
                tables[model._meta.db_table] = [json.dumps(row, sort_keys=True, default=str) for row in rows]
    return tables


def test_a_merge_does_not_overwrite_edited_fields(pair: tuple[Item, Item]) -> None:
    """Emptied by hand is edited, too."""
    first, second = pair
    Item.objects.filter(pk=first.pk).update(synopsis="", genres=["quiet"], edited_fields=["synopsis", "genres"])
    kept = merge_items([first.pk, second.pk])
    kept.refresh_from_db()
    assert (kept.synopsis, kept.genres) == ("", ["quiet"])
    assert kept.artwork == "poster.webp"  # nobody said anything of the picture


def test_a_merge_keeps_all_interactions_and_files(pair: tuple[Item, Item]) -> None:
    first, second = pair
    kept = merge_items([second.pk, first.pk])
    assert kept.pk == first.pk
    assert not Item.objects.filter(pk=second.pk).exists()
    assert kept.files.count() == 2
    assert set(kept.external_ids.values_list("namespace", flat=True)) == {"place0", "place1"}
    assert (kept.synopsis, kept.genres, kept.artwork) == ("A slow one.", ["drama", "war"], "poster.webp")
    assert Interaction.objects.filter(item=kept, what="liked", withdrawn_at=None).count() == 1
    assert set(PlaylistEntry.objects.filter(item=kept).values_list("playlist__name", flat=True)) == {
        "Evenings", "Mornings",
    }  # fmt: skip
    assert RememberedChoice.objects.get().item == kept
    assert ImportRow.objects.get().item == kept
    assert Embedding.objects.get(item=kept).content_hash == ""


def test_undoing_a_merge_puts_every_row_of_every_table_back(pair: tuple[Item, Item]) -> None:
    before = read_tables()
    merge_items([item.pk for item in pair])
    assert read_tables() != before
    undo_change(ItemChange.objects.get().pk)
    assert read_tables() == before


def test_three_items_become_one_and_three_again(pair: tuple[Item, Item], library: dict[str, Item]) -> None:
    before = read_tables()
    merge_items([library["Slow Film 3"].pk, *(item.pk for item in pair)])
    undo_change(ItemChange.objects.get().pk)
    assert read_tables() == before


def test_changes_made_after_a_merge_survive_its_undo(pair: tuple[Item, Item], ana: Person) -> None:
    first, second = pair
    merge_items([first.pk, second.pk])
    since = Interaction.objects.create(person=ana, item=first, what="played", occurred_at=datetime.now(UTC))
    undo_change(ItemChange.objects.get().pk)
    since.refresh_from_db()
    assert since.item_id == first.pk
    assert Item.objects.filter(pk=second.pk).exists()


def test_a_split_moves_what_was_chosen_and_nothing_else(pair: tuple[Item, Item]) -> None:
    first, _ = pair
    file, event = first.files.get(), Interaction.objects.get(item=first, what="liked")
    made = split_item(first.pk, SplitRequest("Slow Film 1, the other", 1970, [file.pk], [event.pk]))
    assert (made.kind, made.year, made.files.get()) == (first.kind, 1970, file)
    assert Interaction.objects.get(item=made) == event
    assert first.files.count() == 0
    assert Interaction.objects.filter(item=first).exists()
    assert Embedding.objects.get(item=first).content_hash == ""


def test_undoing_a_split_puts_every_row_of_every_table_back(pair: tuple[Item, Item]) -> None:
    first, _ = pair
    before = read_tables()
    ids = [known.pk for known in first.external_ids.all()]
    split_item(first.pk, SplitRequest(files=[first.files.get().pk], external_ids=ids))
    undo_change(ItemChange.objects.get().pk)
    assert read_tables() == before


def test_changes_of_one_item_are_undone_in_their_order(pair: tuple[Item, Item]) -> None:
    first, second = pair
    merge_items([first.pk, second.pk])
    split_item(first.pk, SplitRequest("Another", files=[first.files.first().pk]))  # type: ignore[union-attr]
    merged, parted = ItemChange.objects.order_by("pk")
    with pytest.raises(MediarecError, match="take that back first"):
        undo_change(merged.pk)
    undo_change(parted.pk)
    undo_change(merged.pk)
    with pytest.raises(MediarecError, match="already"):
        undo_change(merged.pk)


def test_it_refuses_invalid_merges_and_splits(pair: tuple[Item, Item], library: dict[str, Item]) -> None:
    first, second = pair
    album = Item.objects.create(kind="track", title="Suite", title_key="suite")
    part = Item.objects.create(kind="track", title="First", title_key="first", parent=album)
    for wrong, sentence in (
        ([first.pk], "at least two"),
        ([first.pk, library["Loud Song 1"].pk], "one kind"),
        ([first.pk, 10**9], "are gone"),
        ([album.pk, part.pk], "a part of"),
    ):
        with pytest.raises(MediarecError, match=sentence):
            merge_items(wrong)
    with pytest.raises(MediarecError, match="Choose what belongs"):
        split_item(first.pk, SplitRequest("x"))
    with pytest.raises(MediarecError, match="Not everything"):
        split_item(first.pk, SplitRequest("x", files=[second.files.get().pk]))
    assert not ItemChange.objects.exists()


def test_every_table_that_references_items_is_known() -> None:
    told = {model.__name__ for model, _ in list_references()}
    assert {"Interaction", "MediaFile", "PlaylistEntry", "Embedding", "SameThing", "RememberedChoice", "Item"} <= told
