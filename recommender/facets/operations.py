"""What is done with all facets at once: merged, carried over, worded, relaxed, put into SQL. Knows none by its name."""

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
    """The stricter of both; `asked` is the wish of the moment, which a rule never empties."""
    merged: dict[str, Any] = {}
    for facet in table.FACETS:
        wanted = {value.lower() for name in facet.yields_to for value in getattr(asked, name)}
        for name, merge in facet.merge.items():
            own, theirs = getattr(filters, name), getattr(rule, name)
            merged[name] = merge(own, tuple(v for v in theirs if v.lower() not in wanted) if wanted else theirs)
    return change(filters, merged)


def carry_over(former: Filters, new: Filters) -> Filters:
    """A sentence that goes on from the one before: what it says anew counts, and refusals add up."""
    carried: dict[str, Any] = {}
    for facet in table.FACETS:
        carried |= facet.carry(facet.fields, former, new)
    return change(new, carried)


def list_terms(filters: Filters, section: Section | None = None) -> list[Term]:
    """Everything that is asked for, in words, in reading order."""
    facets = [facet for facet in table.FACETS if section is None or facet.section == section]
    return [term for facet in facets for terms in facet.terms for term in terms.list_terms(filters)]


def remove_term(filters: Filters, key: str) -> Filters:
    """Without one term; an unknown key changes nothing."""
    name, _, value = key.partition(":")
    for facet in table.FACETS:
        for terms in facet.terms:
            if terms.key == name:
                return terms.remove(filters, value)
    return filters


def list_relaxations(filters: Filters) -> list[tuple[str, Filters]]:
    """Each wish taken away alone, in words; those easiest to give up come first."""
    relaxable = [(facet.relaxation.order, facet) for facet in table.FACETS if facet.relaxation is not None]
    relaxed = [facet.relax(filters) for _, facet in sorted(relaxable, key=lambda pair: pair[0])]
    return [one for one in relaxed if one is not None]


def apply_facets(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    """Items that every facet allows."""
    for facet in table.FACETS:
        if facet.restrict is not None and facet.is_asked(filters):
            items = facet.restrict(items, filters)
    return items


def is_unfiltered(filters: Filters) -> bool:
    """Whether what is allowed is most of a medium: only exceptions are made, nothing is picked out."""
    return not any(facet.narrows and facet.is_asked(filters) for facet in table.FACETS)


def list_item_id_fields() -> tuple[str, ...]:
    return tuple(name for facet in table.FACETS if facet.holds_item_ids for name in facet.fields)
