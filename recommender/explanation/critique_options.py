"""What of an item can be answered: more or less of its words, lighter, older, like it or not. Knows no pages.

An answer is a rule like any other: listed, switched off, taken along in an export.
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

MIN_LABELLED = 4  # a word on fewer items leads nowhere
MOST_SHARE = 0.5  # and one on more of the catalogue says nothing
OFFERED_WORDS = 3
OFFERED_LEANS = 2
TELLING = 0.8  # deviations from the middle of its kind from which an item is dark, slow, ...
TIMED_KINDS = (Kind.FILM, Kind.VIDEO, Kind.TRACK, Kind.ALBUM)
# A record has no plot, and a film no loudness.
NOT_OF_MUSIC = frozenset({"funnier", "more serious", "more violent", "less violent", "scarier", "gentler"})
NOT_OF_FILMS = frozenset({"louder", "quieter", "more violent"})  # nor does a gentle one ask for blood
BRIEF = {"like": 1, "unlike": 1, "less": 2, "lean": 3}  # how many of each kind fit on a card


@dataclass(frozen=True)
class CritiqueOption:
    """`key` names it in an address; `filters` is what the rule it makes would hold; `is_on` while that rule stands.

    `said` is the label away from the item's own page.
    """

    key: str
    label: str
    filters: Filters
    is_on: bool = False
    said: str = ""


def list_critiques(person_id: int, item: Item) -> list[CritiqueOption]:
    """What the row, the words and the vector of the item say of it, as directions to go."""
    standing = [Filters.from_json(rule.filters) for rule in steering.active_rules(person_id)]
    offered = [*_list_likeness(item), *_list_words(item), *_list_leans(item), *_list_facts(item)]
    return [replace(a, is_on=a.filters in standing) for a in offered]


def select_critiques(aspects: list[CritiqueOption]) -> list[CritiqueOption]:
    """Those for a card, with what is on already: the same order, a few of each kind."""
    taken = Counter[str]()
    few = []
    for aspect in aspects:
        kind = aspect.key.partition(":")[0]
        taken[kind] += 1
        if aspect.is_on or taken[kind] <= BRIEF.get(kind, 0):
            few.append(aspect)
    return few


def toggle_critique(person_id: int, item: Item, key: str) -> SteeringRule:
    """Adds the rule, or switches it off where it stands already; the opposite of a new one is switched off.

    Raises NotUnderstoodError for what the item is not.
    """
    aspect = next((a for a in list_critiques(person_id, item) if a.key == key), None)
    if aspect is None:
        raise NotUnderstoodError(f"“{item.title}” cannot be answered like that.")
    rules = list(steering.active_rules(person_id))
    same = [rule for rule in rules if Filters.from_json(rule.filters) == aspect.filters]
    if same:
        for rule in same:
            steering.undo_rule(person_id, rule.pk)
        return steering.find_rule(person_id, same[0].pk)
    against = _invert(aspect.filters)
    for rule in rules:
        if Filters.from_json(rule.filters) == against:
            steering.undo_rule(person_id, rule.pk)
    said = aspect.said or aspect.label
    text = aspect.said or f"{aspect.label}, at “{item.title}”"
    return steering.add_rule(person_id, text, f"{said}, from now on.", aspect.filters)


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
    """Its rarest words that still stand on enough other items to lead somewhere."""
    counts = count_labels()
    words = [
        word
        for word in item_labels(item.genres, item.tags)
        if counts.by_label.get(word, 0) >= MIN_LABELLED and counts.share(word) <= MOST_SHARE
    ]
    chosen = sorted(words, key=lambda word: (counts.share(word), word))[:OFFERED_WORDS]
    less = [CritiqueOption(f"less:{word}", f"Less {word}", Filters(less_words=(word,))) for word in chosen]
    more = [CritiqueOption(f"more:{word}", f"More {word}", Filters(more_words=(word,))) for word in chosen]
    return [aspect for pair in zip(less, more, strict=True) for aspect in pair]


def _list_leans(item: Item) -> list[CritiqueOption]:
    """Away from where the item stands out among its kind: from a dark one to lighter ones."""
    leans: list[tuple[float, str]] = []
    for pair in PAIRS:
        place = z_score_on_axis(item, find_direction(pair[0]))
        if place is not None and abs(place) >= TELLING:
            leans.append((-abs(place), pair[1] if place > 0 else pair[0]))
    unfit = NOT_OF_MUSIC if item.kind in MUSIC_KINDS else NOT_OF_FILMS
    return [_lean(lean) for lean in [lean for _, lean in sorted(leans) if lean not in unfit][:OFFERED_LEANS]]


def _list_facts(item: Item) -> list[CritiqueOption]:
    aspects = [_lean(end) for end in reversed(AGE)] if item.year is not None else []
    if item.runtime_seconds and item.kind in TIMED_KINDS:
        aspects += [_lean(end) for end in reversed(LENGTH)]
    return aspects


def _lean(lean: str) -> CritiqueOption:
    return CritiqueOption(f"lean:{lean}", f"{lean[:1].upper()}{lean[1:]}", Filters(leans=(lean,)))
