"""Zero-shot tags: only where words and pictures share a space, with a confidence, and apart from known facts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pytest_django import Settings

from mediarec.library.models import Item
from recommender.encoders.image_clip import OpenClipImageEncoder
from recommender.encoders.torchvision_operators import declare_missing_operators
from recommender.enrichment import zero_shot_tags
from recommender.enrichment.embedding import open_encoder_space
from recommender.items import facts
from recommender.models import Embedding, EmbeddingSpace
from recommender.vectors import spaces
from tests.people import make_library

pytestmark = pytest.mark.django_db
DIMS = 32
TINY = {
    "embed_dim": DIMS,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "patch_size": 8, "head_width": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
WORDS = list(dict.fromkeys(words for group in zero_shot_tags.PICTURE_GROUPS for _, words in group))


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """One orthogonal direction per prompt."""
    directions: NDArray[np.float32] = np.eye(DIMS, dtype=np.float32)
    return directions[[WORDS.index(text) for text in texts]]


def make_space(*, is_text_aligned: bool) -> EmbeddingSpace:
    return spaces.open_space(spaces.SpaceKey("image", "fake", "1", DIMS, is_text_aligned))


@pytest.fixture
def items() -> list[Item]:
    return list(make_library().values())[:2]


def test_a_clear_match_gets_its_tag_with_a_confidence_and_others_get_none(items: list[Item]) -> None:
    space = make_space(is_text_aligned=True)
    sea, plain = items
    vectors = np.stack([encode(["the sea"])[0], np.full(DIMS, DIMS**-0.5, dtype=np.float32)])
    spaces.store_vectors(space, [sea.pk, plain.pk], ["a", "b"], vectors)
    assert zero_shot_tags.guess_tags(space, encode) == 2
    (guess,) = zero_shot_tags.list_guesses(sea.pk)
    assert guess.tag == "sea"
    assert zero_shot_tags.MIN_CONFIDENCE <= guess.confidence <= 1
    assert zero_shot_tags.list_guesses(plain.pk) == []


def test_only_changed_vectors_are_classified_again(items: list[Item]) -> None:
    space, item = make_space(is_text_aligned=True), items[0]
    spaces.store_vectors(space, [item.pk], ["a"], encode(["the sea"]))
    assert [zero_shot_tags.guess_tags(space, encode) for _ in range(2)] == [1, 0]
    spaces.store_vectors(space, [item.pk], ["b"], encode(["a forest"]))
    assert zero_shot_tags.guess_tags(space, encode) == 1
    assert [guess.tag for guess in zero_shot_tags.list_guesses(item.pk)] == ["forest"]


def test_a_guess_about_a_removed_picture_is_not_listed(items: list[Item]) -> None:
    space, item = make_space(is_text_aligned=True), items[0]
    spaces.store_vectors(space, [item.pk], ["a"], encode(["the sea"]))
    zero_shot_tags.guess_tags(space, encode)
    Embedding.objects.filter(item=item).delete()
    assert zero_shot_tags.list_guesses(item.pk) == []


def test_a_guess_is_never_among_the_facts(items: list[Item]) -> None:
    space, item = make_space(is_text_aligned=True), items[0]
    before = facts.load_facts([item.pk])
    spaces.store_vectors(space, [item.pk], ["a"], encode(["the sea"]))
    zero_shot_tags.guess_tags(space, encode)
    assert zero_shot_tags.list_guesses(item.pk)
    assert facts.load_facts([item.pk]) == before
    tags = list(item.tags)
    item.refresh_from_db()
    assert item.tags == tags


def test_a_space_that_is_not_text_aligned_guesses_nothing(items: list[Item]) -> None:
    space = make_space(is_text_aligned=False)
    spaces.store_vectors(space, [items[0].pk], ["a"], encode(["the sea"]))
    assert zero_shot_tags.guess_tags(space, encode) == 0
    assert zero_shot_tags.list_guesses(items[0].pk) == []


def test_guesses_of_a_space_that_no_longer_serves_are_not_listed(items: list[Item]) -> None:
    space, item = make_space(is_text_aligned=True), items[0]
    spaces.store_vectors(space, [item.pk], ["a"], encode(["the sea"]))
    zero_shot_tags.guess_tags(space, encode)
    spaces.serve_space(spaces.open_space(spaces.SpaceKey("image", "features", "1", DIMS)))
    assert zero_shot_tags.list_guesses(item.pk) == []


def test_a_tiny_clip_model_guesses_tags_end_to_end(items: list[Item], tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "tiny-tags.json").write_text(json.dumps(TINY))
    declare_missing_operators()
    import open_clip
    import torch

    open_clip.add_model_config(tmp_path / "tiny-tags.json")
    torch.manual_seed(3)
    torch.save(open_clip.create_model("tiny-tags").state_dict(), tmp_path / "tiny.pt")
    settings.OPEN_CLIP_MODEL, settings.OPEN_CLIP_WEIGHTS = "tiny-tags", str(tmp_path / "tiny.pt")
    clip = OpenClipImageEncoder()
    space = open_encoder_space(clip)
    pictures = [Image.new("RGB", (40, 40), colour) for colour in ("navy", "gold")]
    spaces.store_vectors(space, [item.pk for item in items], ["a", "b"], clip.encode(pictures))
    assert zero_shot_tags.guess_tags(space, clip.encode_words) == 2
    known = {tag for group in zero_shot_tags.PICTURE_GROUPS for tag, _ in group if tag}
    for item in items:
        for guess in zero_shot_tags.list_guesses(item.pk):
            assert guess.tag in known
            assert zero_shot_tags.MIN_CONFIDENCE <= guess.confidence <= 1
