"""The page of one work: its facts, its copies, its likes, and why."""

import numpy as np
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Item, MediaFile, Person
from recommender.enrichment import zero_shot_tags
from recommender.models import Description, Reading
from recommender.vectors import spaces
from tests.web.conftest import read_text, sign_in


def read_item(client: Client, item: Item) -> str:
    answer = client.get(reverse("item-detail", args=[item.pk]))
    assert answer.status_code == 200
    return read_text(answer)


def test_it_shows_facts_with_links_to_search(ana_client: Client, library: dict[str, Item]) -> None:
    page = read_item(ana_client, library["Slow Film 9"])
    assert "Directed by" in page
    assert f"{reverse('search')}?q=Slow%20Film%20Maker%20A" in page
    assert f"{reverse('search')}?genre=drama" in page
    assert "2 h" in page


def test_it_says_what_in_her_history_speaks_for_it(ana_client: Client, library: dict[str, Item]) -> None:
    why = read_item(ana_client, library["Slow Film 9"]).split('class="why"')[1].split("</section>")[0]
    assert "Slow Film" in why


def test_it_claims_nothing_for_somebody_without_history(cy: Person, library: dict[str, Item]) -> None:
    why = read_item(sign_in(cy), library["Slow Film 9"]).split('class="why"')[1].split("</section>")[0]
    assert "you finished" not in why.lower()


def test_it_names_who_wrote_the_description(ana_client: Client, library: dict[str, Item]) -> None:
    item = library["Slow Film 9"]
    Description.objects.create(item=item, describer="template", version="1", facts_hash="x", text="A slow film.")
    assert "Compiled from the facts" in read_item(ana_client, item)
    Description.objects.create(item=item, describer="SmolLM2", version="1", facts_hash="x", text="A film, slowly.")
    page = read_item(ana_client, item)
    assert "Written by SmolLM2" in page
    assert "A film, slowly." in page


def test_it_lists_copies_with_their_streams(ana_client: Client, library: dict[str, Item]) -> None:
    item = library["Slow Film 9"]
    streams = [{"type": "video", "codec": "h264", "width": 1920, "height": 1080}]
    MediaFile.objects.create(
        item=item,
        path_raw=b"/f/\xff.mkv",
        path="/f/\ufffd.mkv",
        size_bytes=2048,
        mtime_ns=1,
        content_hash="a",
        streams=streams,
    )
    page = read_item(ana_client, item)
    assert "/f/\ufffd.mkv" in page
    assert "h264 1920×1080" in page


def test_it_lists_the_tracks_of_an_album(ana_client: Client, library: dict[str, Item]) -> None:
    album = Item.objects.create(kind="album", title="Loudest", title_key="loudest")
    Item.objects.filter(title__startswith="Loud Song").update(parent=album)
    page = read_item(ana_client, album)
    assert "Tracks" in page
    assert "Loud Song 12" in page


def test_it_shows_works_that_are_like_it(ana_client: Client, library: dict[str, Item]) -> None:
    row = read_item(ana_client, library["Loud Song 9"]).split("More like this", 1)[1]
    assert "Loud Song" in row


def test_it_says_in_a_sentence_that_there_is_no_such_work(ana_client: Client) -> None:
    answer = ana_client.get(reverse("item-detail", args=[999_999]))
    assert answer.status_code == 404
    assert "There is no item number 999999." in answer.content.decode()


def test_a_zero_shot_tag_is_called_a_guess(ana_client: Client, library: dict[str, Item]) -> None:
    item = library["Slow Film 9"]
    assert "Guessed" not in read_item(ana_client, item)
    space = spaces.open_space(spaces.SpaceKey("image", "fake", "1", 4, is_text_aligned=True))
    found = {"guesses": [{"tag": "by the sea", "confidence": 0.8}]}
    reader, version = zero_shot_tags.READERS["image"], f"{zero_shot_tags.LIST_VERSION} space {space.pk}"
    Reading.objects.create(item=item, reader=reader, version=version, content_hash="x", values=found)
    spaces.store_vectors(space, [item.pk], ["x"], np.full((1, 4), 0.5, dtype=np.float32))
    page = read_item(ana_client, item)
    assert "by the sea" in page.split("<dt>Guessed</dt>")[1].split("</dd>")[0]
    assert "not confirmed, and not used for recommendations" in page


def test_a_work_of_which_nothing_is_known_shows_no_empty_panel(ana_client: Client) -> None:
    bare = Item.objects.create(kind="video", title="Holiday", title_key="holiday")
    page = ana_client.get(reverse("item-detail", args=[bare.pk])).content.decode()
    assert "Its files contain no further details." in page
