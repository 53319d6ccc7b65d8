"""Makes a filled space ready for questions: what is near to everything, guessed tags, graphs that need no torch."""

from __future__ import annotations

import logging

from mediarec.library.errors import UnavailableError
from recommender.encoders import query_encoders
from recommender.encoders.protocol import Encoder
from recommender.enrichment import zero_shot_tags
from recommender.models import EmbeddingSpace, Modality
from recommender.search import hubness
from recommender.vectors import spaces

logger = logging.getLogger(__name__)


def is_unready(encoder: Encoder) -> bool:
    """Whether questions to this encoder's serving space would be answered worse than they could be."""
    space = _find_space(encoder)
    if space is None:
        return False
    lacks_tower = encoder.modality == Modality.IMAGE and hasattr(encoder, "write_query_graphs")
    lacks_tower = lacks_tower and query_encoders.find_query_encoder(encoder.name, encoder.version) is None
    return lacks_tower or (encoder.text_aligned and space.prior is None)


def prepare_for_queries(encoder: Encoder) -> None:
    """Measured anew after every run that changed the space: the library decides what chance looks like."""
    space = _find_space(encoder)
    if space is None:
        return
    try:
        if encoder.modality == Modality.IMAGE:
            query_encoders.export_query_encoder(encoder)
        encode = encoder.encode if encoder.modality == Modality.TEXT else getattr(encoder, "encode_words", None)
        if encoder.text_aligned and encode is not None:
            hubness.store_hubness(space, encode)
            zero_shot_tags.guess_tags(space, encode)
    except UnavailableError as error:
        logger.warning("%s", error)


def _find_space(encoder: Encoder) -> EmbeddingSpace | None:
    space = spaces.serving_space(encoder.modality)
    is_own = space is not None and (space.encoder, space.version) == (encoder.name, encoder.version)
    return space if is_own else None
