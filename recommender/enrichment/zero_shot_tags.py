"""Zero-shot tags: guesses from how a work looks or sounds, by a text-aligned encoder. Knows no encoder and no page.

They carry a confidence and are stored apart from an item's own tags, so cards, filters and explanations, which state
facts, never see them. Zero-shot classification as in Radford et al., 2021 (CLIP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef
from numpy.typing import NDArray

from mediarec.library.models import Item
from recommender.models import Embedding, EmbeddingSpace, Modality, Reading
from recommender.vectors import spaces

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
READERS = {Modality.IMAGE.value: "guessed tags of pictures", Modality.AUDIO.value: "guessed tags of sound"}
LIST_VERSION = "1"  # change it with the lists below
# Each group is one classification, of (tag, prompt) classes; the first class means "none of these" and is never stored.
PICTURE_GROUPS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("", "a picture"), ("dark", "a dark, gloomy picture"), ("cheerful", "a bright, cheerful picture"),
     ("eerie", "an eerie, frightening picture"), ("romantic", "a romantic picture"), ("calm", "a calm, quiet picture")),
    (("", "a picture of a place"), ("city", "a city with streets and buildings"), ("sea", "the sea"),
     ("mountains", "mountains"), ("forest", "a forest"), ("desert", "a desert"), ("space", "outer space"),
     ("indoors", "a room inside a house")),
    (("", "a picture"), ("photograph", "a photograph"), ("drawing", "a drawing"), ("painting", "a painting"),
     ("animation", "a still from an animated cartoon"), ("lettering", "a picture of letters and words")),
)  # fmt: skip
SOUND_GROUPS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("", "music"), ("calm", "calm, quiet music"), ("energetic", "loud, energetic music"), ("sad", "sad music"),
     ("cheerful", "cheerful music")),
    (("", "a sound"), ("singing", "a person singing"), ("speech", "a person speaking"),
     ("instrumental", "music without singing")),
)  # fmt: skip
GROUPS = {Modality.IMAGE.value: PICTURE_GROUPS, Modality.AUDIO.value: SOUND_GROUPS}
SHARPNESS = 100.0  # the logit scale at which CLIP's training ends
MIN_CONFIDENCE = 0.5  # more likely than all other classes of the group together
CHUNK = 512


@dataclass(frozen=True)
class TagGuess:
    """`confidence` is the softmax share among the classes of a group, 0..1; its calibration has not been measured."""

    tag: str
    confidence: float


def guess_tags(space: EmbeddingSpace, encode_words: Encode) -> int:
    """Classifies every item of the space whose vector has changed; returns how many. `encode_words` maps
    texts to (N, D).

    0 where the space is not text-aligned or no classes are defined for its modality.
    """
    if not space.is_text_aligned or space.modality not in GROUPS:
        return 0
    groups = GROUPS[space.modality]
    class_vectors = [encode_words([words for _, words in group]) for group in groups]
    classified = 0
    for digests in _list_changed(space):
        vectors = spaces.read_vectors(space, list(digests))
        _store(space, {pk: (digests[pk], _classify(groups, class_vectors, vector)) for pk, vector in vectors.items()})
        classified += len(digests)
    return classified


def list_guesses(item_id: int) -> list[TagGuess]:
    """Guesses of the serving spaces about the item's current content, most confident first. Show them as guesses."""
    serving = [space for modality in GROUPS if (space := spaces.serving_space(modality)) is not None]
    versions = [_reading_version(space) for space in serving]
    current = Embedding.objects.filter(item_id=item_id, space__in=serving, content_hash=OuterRef("content_hash"))
    readings = Reading.objects.filter(item_id=item_id, reader__in=READERS.values(), version__in=versions)
    rows = readings.filter(Exists(current)).values_list("values", flat=True)
    guesses = [TagGuess(str(row["tag"]), float(row["confidence"])) for values in rows for row in values["guesses"]]
    return sorted(guesses, key=lambda guess: (-guess.confidence, guess.tag))


def _list_changed(space: EmbeddingSpace) -> Iterator[dict[int, str]]:
    """Content hashes by item, in chunks, of vectors without a guess by this space and list version."""
    classified = Reading.objects.filter(
        item_id=OuterRef("item_id"), reader=READERS[space.modality], version=_reading_version(space),
        content_hash=OuterRef("content_hash"),
    )  # fmt: skip
    rows = Embedding.objects.filter(~Exists(classified), space=space).order_by("item_id")
    last = 0
    while chunk := dict(rows.filter(item_id__gt=last).values_list("item_id", "content_hash")[:CHUNK]):
        last = max(chunk)
        yield chunk


def _reading_version(space: EmbeddingSpace) -> str:
    return f"{LIST_VERSION} space {space.pk}"


def _classify(
    groups: Sequence[Sequence[tuple[str, str]]],
    class_vectors: Sequence[NDArray[np.float32]],
    vector: NDArray[np.float32],
) -> list[dict[str, Any]]:
    """The most likely class of each group, where its softmax probability suffices. `vector` is (D,), unit length."""
    guesses = []
    for group, prompts in zip(groups, class_vectors, strict=True):
        scores = SHARPNESS * (prompts @ vector)
        probabilities = np.exp(scores - scores.max())
        probabilities /= probabilities.sum()
        best = int(probabilities.argmax())
        if group[best][0] and probabilities[best] >= MIN_CONFIDENCE:
            guesses.append({"tag": group[best][0], "confidence": round(float(probabilities[best]), 3)})
    return guesses


def _store(space: EmbeddingSpace, guesses_by_item: dict[int, tuple[str, list[dict[str, Any]]]]) -> None:
    existing_ids = set(Item.objects.filter(pk__in=list(guesses_by_item)).values_list("pk", flat=True))
    Reading.objects.bulk_create(
        [
            Reading(
                item_id=item_id,
                reader=READERS[space.modality],
                version=_reading_version(space),
                content_hash=digest,
                values={"guesses": guesses},
            )
            for item_id, (digest, guesses) in guesses_by_item.items()
            if item_id in existing_ids
        ],
        update_conflicts=True,
        unique_fields=["item", "reader"],
        update_fields=["version", "content_hash", "values"],
    )
