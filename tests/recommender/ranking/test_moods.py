"""A mood guides a playlist and a list: items of the opposite mood are used only if nothing else is left."""

from uuid import uuid4

import pytest

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Item, Person
from recommender import pipeline
from recommender.chat import turns
from recommender.models import Reading
from recommender.playlists import PlaylistRequest, build_playlist
from recommender.ranking.moods import MOOD_OF, list_moods
from recommender.types import Filters, RecommendRequest

TRACKS = Filters(kinds=("track",))


def call(item: Item, title: str, words: tuple[str, ...] = ()) -> None:
    item.title, item.title_key = title, title.lower()
    item.tags = [*item.tags, *words]
    item.save()
    refresh_search([item.pk])


def make_list(person: Person, mood: str, minutes: int | None = None, limit: int = 6) -> list[Item]:
    seconds = minutes * 60 if minutes else None
    draft = build_playlist(
        person.pk, PlaylistRequest(query=mood, filters=TRACKS, duration_seconds=seconds, limit=limit)
    )
    items = Item.objects.in_bulk(draft.item_ids)
    return [items[pk] for pk in draft.item_ids]


def test_a_calm_playlist_has_no_loud_song_even_one_titled_calm(bo: Person, library: dict[str, Item]) -> None:
    call(library["Loud Song 9"], "Calm")
    call(library["Loud Song 10"], "Calm Before the Storm")
    assert {item.genres[0] for item in make_list(bo, "calm")} == {"ambient"}
    assert {item.genres[0] for item in make_list(bo, "calm", minutes=30)} == {"ambient"}


def test_an_energetic_playlist_has_no_soft_song(ana: Person, library: dict[str, Item]) -> None:
    call(library["Soft Song 9"], "Energetic")
    for number in range(1, 8):
        call(library[f"Loud Song {number}"], f"Loud Song {number}", ("fast",))
    assert {item.genres[0] for item in make_list(ana, "energetic")} == {"metal"}


def test_the_opposite_mood_is_used_only_if_the_rest_does_not_suffice(bo: Person, library: dict[str, Item]) -> None:
    call(library["Loud Song 9"], "Calm")
    genres = [item.genres[0] for item in make_list(bo, "calm", limit=13)]
    assert (genres.count("ambient"), genres.count("metal")) == (12, 1)


def test_a_list_follows_the_mood_like_a_playlist(bo: Person, library: dict[str, Item]) -> None:
    call(library["Loud Song 9"], "Calm")
    slate = pipeline.recommend(RecommendRequest(bo.pk, TRACKS, query="calm", limit=8))
    genres = dict(Item.objects.values_list("pk", "genres"))
    assert [genres[line.item_id] for line in slate.items] == 8 * [["ambient"]]


def test_a_requested_genre_is_kept_whatever_the_mood(bo: Person, library: dict[str, Item]) -> None:
    call(library["Loud Song 9"], "Calm")
    filters = Filters(kinds=("track",), any_words=("metal",))
    slate = pipeline.recommend(RecommendRequest(bo.pk, filters, query="calm", limit=3))
    assert [line.title for line in slate.items] == ["Calm"]
    assert "metal" not in slate.request.filters.less_words


def test_a_genre_missing_from_the_library_still_guides_the_chat(bo: Person, library: dict[str, Item]) -> None:
    for number in range(1, 13):
        call(library[f"Soft Song {number}"], f"Soft Song {number}", ("tender",))
    answer = turns.answer(bo.pk, uuid4(), "romantic songs")
    items = Item.objects.in_bulk(answer.turn.item_ids)
    assert answer.relaxed == "Nothing here is marked romance and fits the rest."
    assert {item.genres[0] for item in items.values()} == {"ambient"}


def test_audio_features_decide_between_items_with_the_same_labels(cy: Person, library: dict[str, Item]) -> None:
    songs = [library[f"Soft Song {number}"] for number in range(1, 13)]
    for place, song in enumerate(songs):
        values = {"loudness_db": -6.0 - 2 * place, "onsets_per_second": 6.0 - 0.4 * place, "tempo_bpm": 120.0}
        Reading.objects.create(item=song, reader="sound", version="1", content_hash=str(place), values=values)
    quiet = {item.title for item in make_list(cy, "calm", limit=4)}
    assert quiet <= {song.title for song in songs[6:]}


@pytest.mark.parametrize(
    ("said", "moods"),
    [("calm", ["calm"]), ("something mellow", ["calm"]), ("feel good", ["uplifting"]), ("romantic", ["romance"]),
     ("piano", []), ("", [])],
)  # fmt: skip
def test_moods_are_in_the_lexicon(said: str, moods: list[str]) -> None:
    assert list_moods(said) == moods


def test_no_label_belongs_to_a_mood_and_to_its_opposite() -> None:
    assert {name: mood.fits & mood.against for name, mood in MOOD_OF.items() if mood.fits & mood.against} == {}
