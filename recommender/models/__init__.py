"""Tables of what is derived from the library and from people's histories."""

from recommender.models.conversation import ChatTurn, Playlist, PlaylistEntry
from recommender.models.media_features import LoadFailure, MomentVector, Passage, Reading, SameThing, WordSource
from recommender.models.slates import Impression, SlateRecord
from recommender.models.taste import EventVerdict, SteeringRule, TasteStatement, UnusedItem
from recommender.models.throughput import MeasuredPace
from recommender.models.understanding import (
    Description,
    Embedding,
    EmbeddingSpace,
    EnrichmentFailure,
    Modality,
    TrainedRanker,
)

__all__ = [
    "ChatTurn",
    "Description",
    "Embedding",
    "EmbeddingSpace",
    "EnrichmentFailure",
    "EventVerdict",
    "Impression",
    "LoadFailure",
    "MeasuredPace",
    "Modality",
    "MomentVector",
    "Passage",
    "Playlist",
    "PlaylistEntry",
    "Reading",
    "SameThing",
    "SlateRecord",
    "SteeringRule",
    "TasteStatement",
    "TrainedRanker",
    "UnusedItem",
    "WordSource",
]
