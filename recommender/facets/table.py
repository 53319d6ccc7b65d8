"""All facets, in the order of their wording. Each field of `Filters` belongs to exactly one."""

from __future__ import annotations

from recommender.facets import merging, sql, wording
from recommender.facets.facet import Facet, Relaxation, Section, ValueTerms, WholeTerm
from recommender.facets.merging import intersect, union

FACETS: tuple[Facet, ...] = (
    Facet(
        {"kinds": intersect},
        terms=(ValueTerms("kind", "kinds", wording.say_kind),),
        section=Section.KIND,
        restrict=sql.of_kinds,
        relaxation=Relaxation(12, "the choice of media"),
    ),
    Facet(
        {"any_words": merging.first_given},
        carry=merging.carry_unless_refused,
        terms=(ValueTerms("any", "any_words", wording.say_words("{}"), wording.group_words),),
        section=Section.CONTENT,
        restrict=sql.with_any_label,
        narrows=True,
        relaxation=Relaxation(4, "“{}”"),
    ),
    Facet(
        {"all_words": union},
        terms=(ValueTerms("all", "all_words", wording.say_words("{}"), wording.group_words),),
        section=Section.CONTENT,
        restrict=sql.with_all_labels,
        narrows=True,
        relaxation=Relaxation(3, "“{}”"),
    ),
    Facet(
        {"none_words": union},
        yields_to=("any_words", "all_words"),
        carry=merging.carry_both,
        terms=(ValueTerms("not", "none_words", wording.say_words("no {}"), wording.group_words),),
        section=Section.CONTENT,
        restrict=sql.with_no_label,
        relaxation=Relaxation(9, "leaving out “{}”"),
    ),
    Facet(
        {"less_words": union},
        yields_to=("any_words", "all_words"),
        carry=merging.carry_both,
        terms=(ValueTerms("less", "less_words", wording.say_words("less {}"), wording.group_words),),
        section=Section.CONTENT,
    ),
    Facet(
        {"more_words": union},
        terms=(ValueTerms("more", "more_words", wording.say_words("more {}"), wording.group_words),),
        section=Section.CONTENT,
    ),
    Facet(
        {"people": merging.first_given},
        terms=(ValueTerms("with", "people", wording.say_words("{}"), wording.group_words),),
        section=Section.CONTENT,
        restrict=sql.by_people,
        narrows=True,
        relaxation=Relaxation(5, "{}"),
    ),
    Facet(
        {"no_people": union},
        yields_to=("people",),
        terms=(ValueTerms("without", "no_people", wording.say_words("without {}"), wording.group_words),),
        section=Section.CONTENT,
        restrict=sql.by_none_of,
        relaxation=Relaxation(10, "leaving out {}"),
    ),
    Facet(
        {"languages": intersect},
        terms=(ValueTerms("language", "languages", wording.say_language),),
        restrict=sql.in_languages,
        narrows=True,
        relaxation=Relaxation(6, "the language"),
    ),
    Facet(
        {"no_languages": union},
        yields_to=("languages",),
        terms=(ValueTerms("no_language", "no_languages", wording.say_no_language),),
        restrict=sql.in_no_language,
        narrows=True,
        relaxation=Relaxation(7, "leaving out languages"),
    ),
    Facet(
        {"year_from": merging.largest, "year_to": merging.smallest},
        carry=merging.carry_range,
        terms=(WholeTerm("years", ("year_from", "year_to"), wording.say_years),),
        restrict=sql.from_years,
        narrows=True,
        relaxation=Relaxation(2, "the years"),
    ),
    Facet(
        {"no_years": union},
        carry=merging.carry_both,
        terms=(ValueTerms("no_years", "no_years", wording.say_no_years, write=wording.write_span),),
        restrict=sql.outside_years,
        narrows=True,
        relaxation=Relaxation(8, "leaving out years"),
    ),
    Facet(
        {"runtime_from_seconds": merging.largest, "runtime_to_seconds": merging.smallest},
        carry=merging.carry_range,
        terms=(
            WholeTerm("shorter", ("runtime_to_seconds",), wording.say_longest),
            WholeTerm("longer", ("runtime_from_seconds",), wording.say_shortest),
        ),
        restrict=sql.of_length,
        narrows=True,
        relaxation=Relaxation(1, "the runtime"),
    ),
    Facet(
        {"ownership": merging.merge_ownership},
        terms=(WholeTerm("ownership", ("ownership",), wording.say_ownership),),
        restrict=sql.by_ownership,
        relaxation=Relaxation(11, "the choice of owned or not owned"),
    ),
    Facet(  # depends on the person, not on the item alone: applied by `retrieval.filters`
        {"include_seen": merging.keep_asked},
        terms=(WholeTerm("seen", ("include_seen",), wording.say_seen),),
        relaxation=Relaxation(13, "leaving out what you know", {"include_seen": True}),
    ),
    Facet({"exclude_ids": union}, carry=merging.carry_both, restrict=sql.without_items, holds_item_ids=True),
    Facet({"leans": union}),
    Facet({"like_ids": union}, holds_item_ids=True),
    Facet({"unlike_ids": union}, holds_item_ids=True),
)
