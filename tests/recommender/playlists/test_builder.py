"""Relaxation of a playlist request: labels are dropped one by one, but never ownership, kind or duration."""

import pytest

from mediarec.library.models import Item, MediaFile, Person
from mediarec.library.ownership import Ownership
from recommender.items.labels import LabelFrequencies
from recommender.playlists import PlaylistDraft, PlaylistRequest, build_playlist
from recommender.playlists.builder import list_relaxed_requests
from recommender.types import Filters

OWNED = Filters(kinds=("track", "album"), any_words=("classical",), ownership=Ownership.OWNED)


def own(item: Item) -> None:
    MediaFile.objects.create(
        item=item,
        path_raw=str(item.pk).encode(),
        path=str(item.pk),
        size_bytes=1,
        mtime_ns=1,
        content_hash=str(item.pk),
    )


@pytest.fixture
def orchestra(library: dict[str, Item]) -> set[int]:
    """Six owned orchestral, epic songs, one of which mentions battle; no item is classical."""
    songs = [library[f"Soft Song {number}"] for number in range(1, 7)]
    for song in songs:
        song.genres, song.tags = ["Soundtrack"], ["orchestral", "epic"]
        song.save()
        own(song)
    return {song.pk for song in songs}


def test_a_genre_without_owned_items_is_dropped_and_named(bo: Person, orchestra: set[int]) -> None:
    draft = build_playlist(bo.pk, PlaylistRequest(query="epic battle", filters=OWNED, duration_seconds=1200))
    assert draft.item_ids and set(draft.item_ids) <= orchestra
    assert abs(draft.total_seconds - 1200) <= 60
    assert draft.note == "Nothing that fits the rest goes with “classical”, so that was left out."
    assert draft.name == "Epic battle"


def test_ownership_is_never_dropped_and_is_named_if_it_blocks(bo: Person, library: dict[str, Item]) -> None:
    wish = PlaylistRequest(query="gentle", filters=Filters(any_words=("ambient",), ownership=Ownership.OWNED))
    draft = build_playlist(bo.pk, wish)
    assert draft == PlaylistDraft((), 0, "Gentle", draft.note)
    assert draft.note == "Nothing in the library fits. Without the choice of owned or not owned, 12 items do."


def test_free_text_without_matches_is_dropped_before_a_genre(bo: Person, library: dict[str, Item]) -> None:
    wish = PlaylistRequest(query="wistful", filters=Filters(any_words=("ambient",)), limit=5)
    draft = build_playlist(bo.pk, wish)
    assert [item.genres for item in Item.objects.filter(pk__in=draft.item_ids)] == 5 * [["ambient"]]
    assert draft.note == "Nothing that fits the rest goes with “wistful”, so that was left out."


def test_the_most_common_label_is_dropped_first_and_stays_in_the_query() -> None:
    counts = LabelFrequencies(100, {"rock": 60, "zither": 1, "live": 30})
    wish = PlaylistRequest(query="calm", filters=Filters(any_words=("zither",), all_words=("rock", "live")))
    steps = list_relaxed_requests(wish, counts)
    assert [label for label, _ in steps] == [
        "“calm”",
        "“rock”",
        "“rock” and “live”",
        "“rock” and “live” and “zither”",
        "“rock” and “live” and “zither” and “calm”",
    ]
    assert [(step.filters.any_words, step.filters.all_words, step.query) for _, step in steps] == [
        (("zither",), ("rock", "live"), ""),
        (("zither",), ("live",), "calm rock"),
        (("zither",), (), "calm rock live"),
        ((), (), "calm rock live zither"),
        ((), (), ""),
    ]
