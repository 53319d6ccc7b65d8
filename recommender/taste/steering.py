"""Standing rules: listed, undone, and merged into the filters of every request. Knows no language."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from mediarec.library.errors import NotFoundError
from recommender.facets import merge_rule
from recommender.models import SteeringRule
from recommender.types import Filters, RecommendRequest


def active_rules(person_id: int) -> QuerySet[SteeringRule]:
    now = timezone.now()
    return SteeringRule.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now), person_id=person_id, is_active=True
    )


def add_rule(
    person_id: int, text: str, understood: str, filters: Filters, expires_at: datetime | None = None
) -> SteeringRule:
    return SteeringRule.objects.create(
        person_id=person_id, text=text, understood=understood, filters=filters.to_json(), expires_at=expires_at
    )


def undo_rule(person_id: int, rule_id: int) -> SteeringRule:
    """Switches a rule off and keeps the row. Raises NotFoundError for a rule of somebody else."""
    return _set_active(person_id, rule_id, is_active=False)


def redo_rule(person_id: int, rule_id: int) -> SteeringRule:
    """Switches a rule on again; its expiry is unchanged."""
    return _set_active(person_id, rule_id, is_active=True)


def find_rule(person_id: int, rule_id: int) -> SteeringRule:
    rule = SteeringRule.objects.filter(person_id=person_id, pk=rule_id).first()
    if rule is None:
        raise NotFoundError("This rule is not there any more.")
    return rule


def _set_active(person_id: int, rule_id: int, *, is_active: bool) -> SteeringRule:
    rule = find_rule(person_id, rule_id)
    rule.is_active = is_active
    rule.save(update_fields=["is_active"])
    return rule


def apply_rules(request: RecommendRequest) -> RecommendRequest:
    """Merges the active rules into the request; where they contradict it, the request wins."""
    filters = request.filters
    for rule in active_rules(request.person_id):
        filters = merge_rule(filters, Filters.from_json(rule.filters), request.filters)
    return replace(request, filters=filters)
