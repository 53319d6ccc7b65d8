"""Every filter on its own, and the exclusion of known and rejected items."""

from __future__ import annotations

import pytest

from mediarec.library.models import InteractionType, Item, Kind, MediaFile, Person
from mediarec.library.ownership import Ownership
from recommender.retrieval.filters import filter_items
from recommender.types import Filters
from tests.people import make_contributor
from tests.recommender.checkerboard import act, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    return make_person()


def titles(filters: Filters, person: Person, *, for_lookup: bool = False) -> set[str]:
    return set(filter_items(filters, person.pk, for_lookup=for_lookup).values_list("title", flat=True))


def own(item: Item, *, is_missing: bool = False) -> None:
    path = f"/media/{item.pk}".encode()
    MediaFile.objects.create(
        item=item, path_raw=path, path=path.decode(), size_bytes=1, mtime_ns=1, content_hash="x", is_missing=is_missing
    )


def test_empty_filters_allow_everything(library: dict[str, Item], person: Person) -> None:
    assert titles(Filters(), person) == set(library)


def test_kinds_keep_only_those_kinds(library: dict[str, Item], person: Person) -> None:
    found = titles(Filters(kinds=(Kind.VIDEO,)), person)
    assert found == {title for title in library if title.startswith("City Clip")}


def test_any_words_are_read_from_genres_and_tags_in_any_case(library: dict[str, Item], person: Person) -> None:
    Item.objects.filter(title="Slow Film 1").update(tags=["SLOW"])
    found = titles(Filters(any_words=("Slow", "metal")), person)
    assert found == {title for title in library if title.startswith(("Slow Film", "Loud Song"))}


def test_all_words_must_be_on_one_item(library: dict[str, Item], person: Person) -> None:
    assert titles(Filters(all_words=("drama", "metal")), person) == set()
    assert len(titles(Filters(all_words=("drama", "slow")), person)) == 12


def test_none_words_exclude_every_item_that_has_one(library: dict[str, Item], person: Person) -> None:
    found = titles(Filters(none_words=("metal", "slow")), person)
    assert len(found) == 36
    assert not any(title.startswith(("Slow", "Loud")) for title in found)


def test_a_word_does_not_match_inside_another(library: dict[str, Item], person: Person) -> None:
    assert titles(Filters(any_words=("meta",)), person) == set()


def test_people_match_by_name_in_any_case(library: dict[str, Item], person: Person) -> None:
    found = titles(Filters(people=("slow film maker a",)), person)
    assert found == {"Slow Film 3", "Slow Film 6", "Slow Film 9", "Slow Film 12"}


def test_unwanted_people_are_excluded(library: dict[str, Item], person: Person) -> None:
    assert make_contributor("Slow Film Maker A").credits.count() == 4
    assert len(titles(Filters(no_people=("Slow Film Maker A",)), person)) == len(library) - 4


def test_languages_exclude_unknown_languages(library: dict[str, Item], person: Person) -> None:
    Item.objects.filter(title="Slow Film 2").update(language="fr")
    assert titles(Filters(languages=("FR",)), person) == {"Slow Film 2"}


def test_refused_languages_are_left_out_and_unknown_ones_stay(library: dict[str, Item], person: Person) -> None:
    Item.objects.filter(title="Slow Film 2").update(language="fr")
    Item.objects.filter(title="Slow Film 3").update(language="de")
    assert titles(Filters(no_languages=("FR",)), person) == set(library) - {"Slow Film 2"}


def test_years_are_bounds_and_an_unknown_year_fits_none(library: dict[str, Item], person: Person) -> None:
    Item.objects.filter(title="Slow Film 1").update(year=None)
    found = titles(Filters(kinds=(Kind.FILM,), year_from=1964, year_to=1968), person)
    assert found == {"Fast Film 1", "Slow Film 2", "Fast Film 2"}


def test_runtimes_are_bounds_in_seconds(library: dict[str, Item], person: Person) -> None:
    Item.objects.filter(title="Slow Film 1").update(runtime_seconds=5000)
    assert titles(Filters(kinds=(Kind.FILM,), runtime_to_seconds=5400), person) == {"Slow Film 1"}
    assert "Slow Film 1" not in titles(Filters(runtime_from_seconds=5400), person)


def test_owned_means_a_copy_that_is_not_missing(library: dict[str, Item], person: Person) -> None:
    own(library["Slow Film 1"])
    own(library["Slow Film 2"], is_missing=True)
    assert titles(Filters(ownership=Ownership.OWNED), person) == {"Slow Film 1"}
    assert titles(Filters(ownership=Ownership.NOT_OWNED), person) == set(library) - {"Slow Film 1"}


def test_an_album_is_owned_by_one_of_its_tracks(library: dict[str, Item], person: Person) -> None:
    album = Item.objects.create(kind=Kind.ALBUM, title="An Album", title_key="an album")
    Item.objects.filter(title="Loud Song 1").update(parent=album)
    own(library["Loud Song 1"])
    assert titles(Filters(ownership=Ownership.OWNED), person) == {"An Album", "Loud Song 1"}


def test_excluded_items_and_ids_never_appear(library: dict[str, Item], person: Person) -> None:
    Item.objects.filter(title="Slow Film 1").update(is_excluded=True)
    found = titles(Filters(exclude_ids=(library["Slow Film 2"].pk,), include_seen=True), person)
    assert found == set(library) - {"Slow Film 1", "Slow Film 2"}


@pytest.mark.parametrize(
    "what",
    [
        InteractionType.PLAYED,
        InteractionType.FINISHED,
        InteractionType.ABANDONED,
        InteractionType.LIKED,
        InteractionType.SKIPPED,
    ],
)
def test_known_items_are_left_out_unless_asked_for(
    library: dict[str, Item], person: Person, what: InteractionType
) -> None:
    act(person, library["Loud Song 1"], what)
    assert "Loud Song 1" not in titles(Filters(), person)
    assert "Loud Song 1" in titles(Filters(include_seen=True), person)


def test_a_saved_item_is_not_known(library: dict[str, Item], person: Person) -> None:
    act(person, library["Slow Film 1"], InteractionType.SAVED)
    assert "Slow Film 1" in titles(Filters(), person)


@pytest.mark.parametrize("what", [InteractionType.HIDDEN, InteractionType.DISLIKED])
def test_rejected_items_never_return(library: dict[str, Item], person: Person, what: InteractionType) -> None:
    act(person, library["Slow Film 1"], what)
    assert "Slow Film 1" not in titles(Filters(include_seen=True), person)


def test_a_lookup_includes_seen_and_disliked_but_not_hidden_items(library: dict[str, Item], person: Person) -> None:
    act(person, library["Slow Film 1"], InteractionType.FINISHED)
    act(person, library["Slow Film 2"], InteractionType.DISLIKED)
    act(person, library["Slow Film 3"], InteractionType.HIDDEN)
    found = titles(Filters(), person, for_lookup=True)
    assert {"Slow Film 1", "Slow Film 2"} <= found
    assert "Slow Film 3" not in found


def test_another_persons_history_excludes_nothing(library: dict[str, Item], person: Person) -> None:
    act(make_person("other"), library["Slow Film 1"], InteractionType.HIDDEN)
    assert "Slow Film 1" in titles(Filters(), person)


def test_hiding_an_album_hides_its_tracks(library: dict[str, Item], person: Person) -> None:
    album = Item.objects.create(kind=Kind.ALBUM, title="An Album", title_key="an album")
    Item.objects.filter(title="Loud Song 1").update(parent=album)
    act(person, album, InteractionType.HIDDEN)
    assert titles(Filters(), person).isdisjoint({"An Album", "Loud Song 1"})


def test_an_album_is_known_once_half_of_its_tracks_are(library: dict[str, Item], person: Person) -> None:
    album = Item.objects.create(kind=Kind.ALBUM, title="An Album", title_key="an album")
    Item.objects.filter(title__in=[f"Loud Song {n}" for n in range(1, 5)]).update(parent=album)
    act(person, library["Loud Song 1"], InteractionType.PLAYED)
    assert "An Album" in titles(Filters(), person)
    act(person, library["Loud Song 2"], InteractionType.PLAYED)
    assert "An Album" not in titles(Filters(), person)


def test_a_series_represents_its_episodes_and_is_known_from_the_first(library: dict[str, Item], person: Person) -> None:
    series = Item.objects.create(kind=Kind.SERIES, title="A Series", title_key="a series")
    episode = Item.objects.create(kind=Kind.EPISODE, title="Pilot", title_key="pilot", parent=series)
    assert "A Series" in titles(Filters(), person)
    assert "Pilot" not in titles(Filters(), person)
    assert titles(Filters(kinds=(Kind.EPISODE,)), person) == {"Pilot"}
    act(person, episode, InteractionType.FINISHED)
    assert "A Series" not in titles(Filters(), person)
