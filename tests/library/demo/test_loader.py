"""The demo as a whole: it loads once, says what it is, and leaves nothing behind."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image

from mediarec.library import demo
from mediarec.library.errors import MediarecError
from mediarec.library.generated_artwork import DrawingFacts
from mediarec.library.models import Contributor, ImportBatch, Interaction, Item, Kind, MediaFile, Person
from recommender.models import Playlist, PlaylistEntry

pytestmark = pytest.mark.django_db


def draw_quickly(facts: DrawingFacts) -> Image.Image:
    return Image.new("RGB", (8, 12), f"#{facts.seed() % 0xFFFFFF:06x}")


@pytest.fixture(autouse=True)
def quick_drawing(monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path) -> Path:
    monkeypatch.setattr("mediarec.library.demo.loader.draw_artwork", draw_quickly)
    monkeypatch.setattr(settings, "ARTWORK_ROOT", tmp_path)
    return tmp_path


def test_it_loads_three_people_and_works_of_every_medium() -> None:
    batch = demo.load_demo()
    kinds = set(Item.objects.values_list("kind", flat=True))
    assert {Kind.FILM, Kind.SERIES, Kind.ALBUM, Kind.TRACK, Kind.VIDEO} <= kinds
    assert batch.items.count() >= 600
    assert not Item.objects.filter(artwork="").exists()
    assert not Item.objects.filter(artwork_is_drawn=False).exists()
    for name in ("ana", "bo", "dana"):
        person = Person.objects.get(username=name)
        assert person.is_demo
        assert not person.has_usable_password()
        assert person.interactions.count() >= 20
    assert Interaction.objects.filter(occurred_at__gt=timezone.now() + timedelta(hours=11)).count() == 0


def test_it_owns_no_file_it_does_not_have() -> None:
    demo.load_demo()
    assert not MediaFile.objects.exists()


def test_tracks_stand_below_the_albums_of_the_catalogue() -> None:
    demo.load_demo()
    track = Item.objects.get(kind=Kind.TRACK, title="So What")
    assert track.parent is not None
    assert (track.parent.title, track.artwork) == ("Kind of Blue", track.parent.artwork)
    assert Item.objects.filter(kind=Kind.ALBUM, title="Kind of Blue").count() == 1


def test_loading_twice_loads_once() -> None:
    first = demo.load_demo()
    works = Item.objects.count()
    assert demo.load_demo() == first
    assert (Item.objects.count(), Person.objects.count()) == (works, 3)


def test_removing_leaves_nothing_behind(quick_drawing: Path) -> None:
    demo.load_demo()
    assert any(quick_drawing.iterdir())
    demo.remove_demo()
    left = [model.objects.count() for model in (Item, Person, Interaction, ImportBatch, Contributor)]
    assert left == [0, 0, 0, 0, 0]
    assert not any(quick_drawing.iterdir())
    demo.remove_demo()


def test_playlists_of_demo_people_go_with_the_demo() -> None:
    demo.load_demo()
    made = Playlist.objects.create(person=Person.objects.get(username="ana"), name="Mine for a moment")
    for position, item in enumerate(Item.objects.order_by("pk")[:20]):
        PlaylistEntry.objects.create(playlist=made, item=item, position=position)
    demo.remove_demo()
    assert (Item.objects.count(), Playlist.objects.count()) == (0, 0)


def test_a_demo_work_that_a_real_person_liked_stays() -> None:
    demo.load_demo()
    real = Person.objects.create_user("real")
    liked = Item.objects.get(kind=Kind.FILM, title="Stalker")
    Interaction.objects.create(person=real, item=liked, what="liked", occurred_at=timezone.now())
    demo.remove_demo()
    assert [item.title for item in Item.objects.all()] == ["Stalker"]


def test_it_refuses_where_a_demo_user_name_is_taken() -> None:
    Person.objects.create_user("ana")
    with pytest.raises(MediarecError, match="called ana already"):
        demo.load_demo()
    assert not Item.objects.exists()
