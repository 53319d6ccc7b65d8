"""Enrichment: finds items that lack a description, extracted features or a vector, and fills them in. Knows no Celery:
the worker says when to stop.
"""

from recommender.enrichment.descriptions import find_description
from recommender.enrichment.failures import find_failures, forget_failures
from recommender.enrichment.load_failures import claim_due, find_load_failures
from recommender.enrichment.progress import EnrichmentProgress, StageProgress, count_lacking, say_duration
from recommender.enrichment.run import STAGES, Models, Plan, find_changes, run_pending, try_unloaded

__all__ = [
    "STAGES",
    "EnrichmentProgress",
    "Models",
    "Plan",
    "StageProgress",
    "claim_due",
    "count_lacking",
    "find_changes",
    "find_description",
    "find_failures",
    "find_load_failures",
    "forget_failures",
    "run_pending",
    "say_duration",
    "try_unloaded",
]
