"""The facets by which a request is narrowed and steered. A new filter is a field of `Filters` and its entry in `table`.

Merging, wording, relaxing and SQL stand there, one beside the other; `operations` goes over the table.
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
