"""Standing wishes: listed, undone, and merged into the filters of every request. Knows no language."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from mediarec.library.errors import NotFoundError
from mediarec.library.ownership import Ownership
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
    """Switches a rule on again, for as long as it was to last."""
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
    """What is asked for at this moment wins over a standing rule it contradicts."""
    filters = request.filters
    for rule in active_rules(request.person_id):
        filters = merge_filters(filters, Filters.from_json(rule.filters), request.filters)
    return replace(request, filters=filters)


def merge_filters(filters: Filters, rule: Filters, asked: Filters) -> Filters:
    """The stricter of both; `asked` is the wish of the moment, which a rule never empties."""
    wanted_words = {word.lower() for word in asked.any_words + asked.all_words}
    wanted_people = {name.lower() for name in asked.people}
    return replace(
        filters,
        kinds=_intersect(filters.kinds, rule.kinds),
        any_words=filters.any_words or rule.any_words,
        all_words=_union(filters.all_words, rule.all_words),
        none_words=_union(filters.none_words, tuple(w for w in rule.none_words if w.lower() not in wanted_words)),
        less_words=_union(filters.less_words, tuple(w for w in rule.less_words if w.lower() not in wanted_words)),
        more_words=_union(filters.more_words, rule.more_words),
        leans=_union(filters.leans, rule.leans),
        like_ids=tuple(dict.fromkeys(filters.like_ids + rule.like_ids)),
        unlike_ids=tuple(dict.fromkeys(filters.unlike_ids + rule.unlike_ids)),
        people=filters.people or rule.people,
        no_people=_union(filters.no_people, tuple(n for n in rule.no_people if n.lower() not in wanted_people)),
        languages=_intersect(filters.languages, rule.languages),
        no_languages=_union(filters.no_languages, tuple(c for c in rule.no_languages if c not in asked.languages)),
        year_from=_largest(filters.year_from, rule.year_from),
        year_to=_smallest(filters.year_to, rule.year_to),
        no_years=tuple(dict.fromkeys((*filters.no_years, *rule.no_years))),
        runtime_from_seconds=_largest(filters.runtime_from_seconds, rule.runtime_from_seconds),
        runtime_to_seconds=_smallest(filters.runtime_to_seconds, rule.runtime_to_seconds),
        ownership=rule.ownership if filters.ownership == Ownership.ANY else filters.ownership,
        exclude_ids=tuple(dict.fromkeys(filters.exclude_ids + rule.exclude_ids)),
    )


def _intersect(asked: tuple[str, ...], rule: tuple[str, ...]) -> tuple[str, ...]:
    if not asked or not rule:
        return asked or rule
    return tuple(value for value in asked if value in rule) or asked


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(first + second))


def _largest(first: int | None, second: int | None) -> int | None:
    known = [bound for bound in (first, second) if bound is not None]
    return max(known, default=None)


def _smallest(first: int | None, second: int | None) -> int | None:
    known = [bound for bound in (first, second) if bound is not None]
    return min(known, default=None)
