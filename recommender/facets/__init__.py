"""Facets: the dimensions that narrow or steer a request. A new one is a field of `Filters` and an entry in `table`.

The table holds the merging, wording, relaxation and SQL of each; `operations` applies them to all facets.
"""

from recommender.facets.facet import Facet, Relaxation, Section, Term
from recommender.facets.operations import (
    apply_facets,
    carry_over,
    find_facet,
    is_unfiltered,
    list_item_id_fields,
    list_relaxations,
    list_terms,
    merge_rule,
    remove_term,
)

__all__ = [
    "Facet",
    "Relaxation",
    "Section",
    "Term",
    "apply_facets",
    "carry_over",
    "find_facet",
    "is_unfiltered",
    "list_item_id_fields",
    "list_relaxations",
    "list_terms",
    "merge_rule",
    "remove_term",
]
