"""Tags guessed from how a work looks or sounds, by an encoder that knows words too. Knows no encoder and no page.

They are guesses with a confidence and stay apart from an item's own tags, so cards, filters and explanations, which
say what is known, never see them. Radford et al., 2021 ask a picture the same way (zero-shot).
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
LIST_VERSION = "1"  # changes with the lists below
# Each group is one question with several answers; the first of a group is "none of these" and is never kept.
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
SHARPNESS = 100.0  # the scale that CLIP's training ends at
LEAST_CONFIDENCE = 0.5  # more likely than all other answers to the same question together
CHUNK = 512


@dataclass(frozen=True)
class TagGuess:
    """`confidence` is the share of one answer among those offered, 0..1; nothing measured how often it is right."""

    tag: str
    confidence: float


def guess_tags(space: EmbeddingSpace, encode_words: Encode) -> int:
    """Guesses for every item of the space whose vector has changed since; returns how many were asked.

    Nothing where the space was not trained on words, or where no list fits what it reads.
    """
    if not space.is_text_aligned or space.modality not in GROUPS:
        return 0
    groups = GROUPS[space.modality]
    questions = [encode_words([words for _, words in group]) for group in groups]
    done = 0
    for digests in _list_changed(space):
        vectors = spaces.read_vectors(space, list(digests))
        _store(space, {pk: (digests[pk], _choose(groups, questions, vector)) for pk, vector in vectors.items()})
        done += len(digests)
    return done


def list_guesses(item_id: int) -> list[TagGuess]:
    """Of the spaces that serve, about what is there now, the surest first. Whoever shows them says what they are."""
    serving = [space for modality in GROUPS if (space := spaces.serving_space(modality)) is not None]
    versions = [_name_version(space) for space in serving]
    seen = Embedding.objects.filter(item_id=item_id, space__in=serving, content_hash=OuterRef("content_hash"))
    own = Reading.objects.filter(item_id=item_id, reader__in=READERS.values(), version__in=versions)
    rows = own.filter(Exists(seen)).values_list("values", flat=True)
    found = [TagGuess(str(one["tag"]), float(one["confidence"])) for values in rows for one in values["guesses"]]
    return sorted(found, key=lambda guess: (-guess.confidence, guess.tag))


def _list_changed(space: EmbeddingSpace) -> Iterator[dict[int, str]]:
    asked = Reading.objects.filter(
        item_id=OuterRef("item_id"), reader=READERS[space.modality], version=_name_version(space),
        content_hash=OuterRef("content_hash"),
    )  # fmt: skip
    rows = Embedding.objects.filter(~Exists(asked), space=space).order_by("item_id")
    last = 0
    while chunk := dict(rows.filter(item_id__gt=last).values_list("item_id", "content_hash")[:CHUNK]):
        last = max(chunk)
        yield chunk


def _name_version(space: EmbeddingSpace) -> str:
    return f"{LIST_VERSION} space {space.pk}"


def _choose(
    groups: Sequence[Sequence[tuple[str, str]]], questions: Sequence[NDArray[np.float32]], vector: NDArray[np.float32]
) -> list[dict[str, Any]]:
    guesses = []
    for group, asked in zip(groups, questions, strict=True):
        scores = SHARPNESS * (asked @ vector)
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        best = int(shares.argmax())
        if group[best][0] and shares[best] >= LEAST_CONFIDENCE:
            guesses.append({"tag": group[best][0], "confidence": round(float(shares[best]), 3)})
    return guesses


def _store(space: EmbeddingSpace, found: dict[int, tuple[str, list[dict[str, Any]]]]) -> None:
    there = set(Item.objects.filter(pk__in=list(found)).values_list("pk", flat=True))
    Reading.objects.bulk_create(
        [
            Reading(
                item_id=item_id,
                reader=READERS[space.modality],
                version=_name_version(space),
                content_hash=digest,
                values={"guesses": guesses},
            )
            for item_id, (digest, guesses) in found.items()
            if item_id in there
        ],
        update_conflicts=True,
        unique_fields=["item", "reader"],
        update_fields=["version", "content_hash", "values"],
    )
