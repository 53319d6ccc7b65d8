"""Operations on all facets: merging, carrying over, wording, relaxation, SQL. Knows no facet by name."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from mediarec.library.models import Item
from recommender.facets import table
from recommender.facets.facet import Facet, Section, Term, change
from recommender.types import Filters


def find_facet(name: str) -> Facet:
    """The facet that a field belongs to."""
    return next(facet for facet in table.FACETS if name in facet.fields)


def merge_rule(filters: Filters, rule: Filters, asked: Filters) -> Filters:
    """`filters` with a standing rule merged in; `asked` are the request's own filters, which a rule never overrides."""
    merged: dict[str, Any] = {}
    for facet in table.FACETS:
        requested = {value.lower() for name in facet.yields_to for value in getattr(asked, name)}
        for name, merge in facet.merge.items():
            current, rule_value = getattr(filters, name), getattr(rule, name)
            merged[name] = merge(
                current, tuple(v for v in rule_value if v.lower() not in requested) if requested else rule_value
            )
    return change(filters, merged)


def carry_over(former: Filters, new: Filters) -> Filters:
    """Filters of a follow-up sentence: its own values win, others carry over, refusals accumulate."""
    carried: dict[str, Any] = {}
    for facet in table.FACETS:
        carried |= facet.carry(facet.fields, former, new)
    return change(new, carried)


def list_terms(filters: Filters, section: Section | None = None) -> list[Term]:
    """All conditions in words, in reading order."""
    facets = [facet for facet in table.FACETS if section is None or facet.section == section]
    return [term for facet in facets for terms in facet.terms for term in terms.list_terms(filters)]


def remove_term(filters: Filters, key: str) -> Filters:
    """The filters without one term; unchanged for an unknown key."""
    name, _, value = key.partition(":")
    for facet in table.FACETS:
        for terms in facet.terms:
            if terms.key == name:
                return terms.remove(filters, value)
    return filters


def list_relaxations(filters: Filters) -> list[tuple[str, Filters]]:
    """Each facet relaxed on its own, as (label, filters), the easiest to give up first."""
    relaxable = [(facet.relaxation.order, facet) for facet in table.FACETS if facet.relaxation is not None]
    relaxed = [facet.relax(filters) for _, facet in sorted(relaxable, key=lambda entry: entry[0])]
    return [pair for pair in relaxed if pair is not None]


def apply_facets(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    """Items that every facet allows."""
    for facet in table.FACETS:
        if facet.restrict is not None and facet.is_asked(filters):
            items = facet.restrict(items, filters)
    return items


def is_unfiltered(filters: Filters) -> bool:
    """Whether no facet narrows the library: most of it is allowed, and only some items are excluded."""
    return not any(facet.narrows and facet.is_asked(filters) for facet in table.FACETS)


def list_item_id_fields() -> tuple[str, ...]:
    return tuple(name for facet in table.FACETS if facet.holds_item_ids for name in facet.fields)
