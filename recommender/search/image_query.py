"""Query vectors for the image space, from a picture or from words, without torch. Knows no SQL."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mediarec.library.errors import UnavailableError
from recommender.encoders import query_encoders
from recommender.models import EmbeddingSpace, Modality
from recommender.vectors.spaces import serving_space

logger = logging.getLogger(__name__)
NO_PICTURES = "Pictures cannot be compared yet: none of the library's has been read."
NO_TOWER = "Pictures cannot be compared yet: the picture model is being made ready for questions. Try again shortly."


def embed_picture(space: EmbeddingSpace, picture: Image.Image) -> NDArray[np.float32] | None:
    """(dims,) query vector; None until the worker has exported the encoder of this space."""
    tower = query_encoders.find_query_encoder(space.encoder, space.version)
    return None if tower is None else tower.embed_picture(picture)


def embed_words(space: EmbeddingSpace, text: str) -> NDArray[np.float32] | None:
    """(dims,) query vector; None if the encoder of this space is not text-aligned or not exported yet."""
    if not text or not space.is_text_aligned:
        return None
    tower = query_encoders.find_query_encoder(space.encoder, space.version)
    try:
        return None if tower is None else tower.embed_words(text)
    except UnavailableError as error:
        logger.info("%s", error)
        return None


def find_obstacle() -> str | None:
    """Why image search cannot work yet, as a sentence; None if it works."""
    space = serving_space(Modality.IMAGE)
    if space is None:
        return NO_PICTURES
    return NO_TOWER if query_encoders.find_query_encoder(space.encoder, space.version) is None else None
