"""A pair is proposed where two measures agree; a person decides; a decided pair is not proposed again."""

from __future__ import annotations

import pytest

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Item
from recommender import duplicates
from recommender.duplicates import Fingerprinted, compare
from recommender.models import Reading, SameThing

FRAMES = [f"{number:016x}" for number in (0x0F0F0F0F0F0F0F0F, 0x00FF00FF00FF00FF, 0x123456789ABCDEF0)]


def note(item: Item, seconds: float, frames: list[str]) -> None:
    values = {"duration_seconds": seconds, "frame_hashes": frames}
    Reading.objects.create(item=item, reader="moving pictures", version="1", content_hash="x", values=values)


def test_equal_length_and_frames_propose_a_pair_and_length_alone_does_not(library: dict[str, Item]) -> None:
    note(library["City Clip 1"], 300.0, FRAMES)
    note(library["City Clip 2"], 301.0, [*FRAMES[:2], "123456789abcdef1"])  # one bit off, as another encoding is
    note(library["City Clip 3"], 300.5, ["ffffffffffffffff", "0", "5555555555555555"])
    assert duplicates.propose_pairs() == 1
    pair = SameThing.objects.get()
    assert {pair.first.title, pair.second.title} == {"City Clip 1", "City Clip 2"}
    assert pair.reasons == ["They are equally long.", "3 of their pictures look the same."]
    assert duplicates.propose_pairs() == 0


def test_works_of_other_kinds_and_other_lengths_are_not_compared(library: dict[str, Item]) -> None:
    note(library["City Clip 1"], 300.0, FRAMES)
    note(library["Slow Film 1"], 300.0, FRAMES)
    note(library["City Clip 2"], 600.0, FRAMES)
    assert duplicates.propose_pairs() == 0


def test_a_pair_marked_as_different_is_not_proposed_again(library: dict[str, Item]) -> None:
    note(library["City Clip 1"], 300.0, FRAMES)
    note(library["City Clip 2"], 300.0, FRAMES)
    duplicates.propose_pairs()
    duplicates.record_verdict(SameThing.objects.get().pk, is_same=False)
    assert duplicates.propose_pairs() == 0
    assert SameThing.objects.get().verdict == "different"
    with pytest.raises(NotFoundError, match="not there any more"):
        duplicates.record_verdict(0, is_same=True)


def test_there_is_one_sentence_per_measure_that_agrees() -> None:
    first = Fingerprinted(1, "track", "so what", 562.0)
    assert compare(first, Fingerprinted(2, "track", "so what", 565.0))[0] == [
        "They are equally long.",
        "They have the same title.",
    ]
    assert compare(first, Fingerprinted(2, "track", "blue", None)) == ([], 0)


def test_black_frames_do_not_match_each_other() -> None:
    first = Fingerprinted(1, "video", "a", 60.0, "", (duplicates.BLANK,))
    second = Fingerprinted(2, "video", "b", 60.0, "", (*FRAMES, duplicates.BLANK))
    assert compare(first, second)[0] == ["They are equally long."]
