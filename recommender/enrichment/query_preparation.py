"""Prepares a filled space for queries: hubness correction, zero-shot tags, exported query encoders."""

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


def needs_preparation(encoder: Encoder) -> bool:
    """Whether queries to this encoder's serving space lack their query encoder or hubness correction."""
    space = _find_space(encoder)
    if space is None:
        return False
    lacks_query_encoder = encoder.modality == Modality.IMAGE and hasattr(encoder, "write_query_graphs")
    lacks_query_encoder = (
        lacks_query_encoder and query_encoders.find_query_encoder(encoder.name, encoder.version) is None
    )
    return lacks_query_encoder or (encoder.text_aligned and space.prior is None)


def prepare_for_queries(encoder: Encoder) -> None:
    """Recomputed after every run that changed the space, since hubness depends on the library's items."""
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
    """The serving space, if this encoder at this version made it."""
    space = spaces.serving_space(encoder.modality)
    is_of_encoder = space is not None and (space.encoder, space.version) == (encoder.name, encoder.version)
    return space if is_of_encoder else None
