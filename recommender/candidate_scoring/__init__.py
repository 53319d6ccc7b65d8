"""The scoring stage, from a request to scored candidates: rules, profile, retrieval, ranking.

Home, explanations and lists start here. Selects nothing and words nothing.
"""

from recommender.candidate_scoring.context import ScoringContext, load_context
from recommender.candidate_scoring.scored_pool import ScoredPool, retrieve, score, score_pool

__all__ = ["ScoredPool", "ScoringContext", "load_context", "retrieve", "score", "score_pool"]
