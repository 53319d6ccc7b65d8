"""Critiques of an item: more or less of its labels, "lighter", "older", like or unlike it. Knows no pages.

A critique is stored as a standing rule: listed, switched off and exported like any other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Item, Kind
from mediarec.library.models.items import MUSIC_KINDS
from recommender.candidate_scoring.directions import find_direction
from recommender.explanation.concept_axes import z_score_on_axis
from recommender.items.labels import count_labels, item_labels
from recommender.language.comparisons import AGE, LENGTH, OPPOSITES, PAIRS
from recommender.models import Modality, SteeringRule
from recommender.taste import steering
from recommender.types import Filters
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

MIN_LABELLED = 4  # a label on fewer items leads nowhere
MOST_SHARE = 0.5  # and one on a larger share of the catalogue is uninformative
OFFERED_WORDS = 3
OFFERED_LEANS = 2
MIN_Z_SCORE = 0.8  # z-score within its kind from which an item counts as dark, slow, ...
TIMED_KINDS = (Kind.FILM, Kind.VIDEO, Kind.TRACK, Kind.ALBUM)
# An album has no plot, and a film no loudness.
NOT_OF_MUSIC = frozenset({"funnier", "more serious", "more violent", "less violent", "scarier", "gentler"})
NOT_OF_FILMS = frozenset({"louder", "quieter", "more violent"})  # and a gentle film is no reason to offer more violence
CARD_LIMITS = {"like": 1, "unlike": 1, "less": 2, "lean": 3}  # how many of each kind fit on a card


@dataclass(frozen=True)
class CritiqueOption:
    """`key` identifies it in a URL; `filters` are those of the rule it creates; `is_on` while that rule is active.

    `said` is the label where the item's own page is not the context.
    """

    key: str
    label: str
    filters: Filters
    is_on: bool = False
    said: str = ""


def list_critiques(person_id: int, item: Item) -> list[CritiqueOption]:
    """All critiques the item allows, from its facts, its labels and its vector."""
    active_filters = [Filters.from_json(rule.filters) for rule in steering.active_rules(person_id)]
    options = [*_list_likeness(item), *_list_words(item), *_list_leans(item), *_list_facts(item)]
    return [replace(option, is_on=option.filters in active_filters) for option in options]


def select_critiques(options: list[CritiqueOption]) -> list[CritiqueOption]:
    """The few of each kind that fit on a card, and all that are on; order kept."""
    counts = Counter[str]()
    selected = []
    for option in options:
        kind = option.key.partition(":")[0]
        counts[kind] += 1
        if option.is_on or counts[kind] <= CARD_LIMITS.get(kind, 0):
            selected.append(option)
    return selected


def toggle_critique(person_id: int, item: Item, key: str) -> SteeringRule:
    """Adds the critique's rule, or switches it off if it is active. A new rule switches off its opposite.

    Raises NotUnderstoodError if the item does not offer this critique.
    """
    option = next((offered for offered in list_critiques(person_id, item) if offered.key == key), None)
    if option is None:
        raise NotUnderstoodError(f"“{item.title}” cannot be answered like that.")
    rules = list(steering.active_rules(person_id))
    same = [rule for rule in rules if Filters.from_json(rule.filters) == option.filters]
    if same:
        for rule in same:
            steering.undo_rule(person_id, rule.pk)
        return steering.find_rule(person_id, same[0].pk)
    opposite = _invert(option.filters)
    for rule in rules:
        if Filters.from_json(rule.filters) == opposite:
            steering.undo_rule(person_id, rule.pk)
    wording = option.said or option.label
    text = option.said or f"{option.label}, at “{item.title}”"
    return steering.add_rule(person_id, text, f"{wording}, from now on.", option.filters)


def _invert(filters: Filters) -> Filters:
    return Filters(
        more_words=filters.less_words,
        less_words=filters.more_words,
        like_ids=filters.unlike_ids,
        unlike_ids=filters.like_ids,
        leans=tuple(OPPOSITES[lean] for lean in filters.leans),
    )


def _list_likeness(item: Item) -> list[CritiqueOption]:
    if item.pk not in load_cached_vectors(serving_space(Modality.TEXT), [item.pk]):
        return []
    return [
        CritiqueOption("like", "More like this", Filters(like_ids=(item.pk,)), said=f"More like “{item.title}”"),
        CritiqueOption("unlike", "Less like this", Filters(unlike_ids=(item.pk,)), said=f"Less like “{item.title}”"),
    ]


def _list_words(item: Item) -> list[CritiqueOption]:
    """Its rarest labels that stand on enough other items to be useful."""
    counts = count_labels()
    labels = [
        label
        for label in item_labels(item.genres, item.tags)
        if counts.by_label.get(label, 0) >= MIN_LABELLED and counts.share(label) <= MOST_SHARE
    ]
    rarest = sorted(labels, key=lambda label: (counts.share(label), label))[:OFFERED_WORDS]
    less = [CritiqueOption(f"less:{label}", f"Less {label}", Filters(less_words=(label,))) for label in rarest]
    more = [CritiqueOption(f"more:{label}", f"More {label}", Filters(more_words=(label,))) for label in rarest]
    return [option for pair in zip(less, more, strict=True) for option in pair]


def _list_leans(item: Item) -> list[CritiqueOption]:
    """Away from the poles where the item is extreme among its kind: from a dark one towards lighter ones."""
    leans: list[tuple[float, str]] = []
    for pair in PAIRS:
        z_score = z_score_on_axis(item, find_direction(pair[0]))
        if z_score is not None and abs(z_score) >= MIN_Z_SCORE:
            leans.append((-abs(z_score), pair[1] if z_score > 0 else pair[0]))
    excluded = NOT_OF_MUSIC if item.kind in MUSIC_KINDS else NOT_OF_FILMS
    return [_lean(lean) for lean in [lean for _, lean in sorted(leans) if lean not in excluded][:OFFERED_LEANS]]


def _list_facts(item: Item) -> list[CritiqueOption]:
    options = [_lean(end) for end in reversed(AGE)] if item.year is not None else []
    if item.runtime_seconds and item.kind in TIMED_KINDS:
        options += [_lean(end) for end in reversed(LENGTH)]
    return options


def _lean(lean: str) -> CritiqueOption:
    return CritiqueOption(f"lean:{lean}", f"{lean[:1].upper()}{lean[1:]}", Filters(leans=(lean,)))
