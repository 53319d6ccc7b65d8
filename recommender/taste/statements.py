"""Taste statements: a person's profile as sentences they can read, edit and switch off. Knows no candidates."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from django.db import transaction
from django.db.models import Max

from mediarec.library.models import Interaction
from recommender.models import TasteStatement
from recommender.taste.history import History
from recommender.taste.profile import Profile, load_profile


@dataclass(frozen=True)
class StatementRules:
    """When an affinity becomes a statement."""

    most: int = 12
    most_negative: int = 3
    min_items: int = 3
    min_lift: float = 0.35  # log ratio of the share among liked items to the share in the catalogue
    max_evidence: int = 30
    most_counts: int = 2
    pair_gain: float = 0.25  # bonus on the lift of a pair of labels, over a single one


RULES = StatementRules()
POSITIVE_MARKS = ("finished", "liked", "rated well", "played", "saved")
NEGATIVE_MARKS = ("abandoned", "disliked", "skipped", "rated low", "hidden")


@dataclass(frozen=True)
class Affinity:
    """A preference for (`sign` 1) or against (-1) labels or a contributor, and the items that show it."""

    words: tuple[str, ...]
    sign: int
    lift: float
    liked_ids: tuple[int, ...]
    disliked_ids: tuple[int, ...]
    contributor: str = ""
    contributor_id: int | None = None

    @property
    def strength(self) -> float:
        shown = self.liked_ids if self.sign > 0 else self.disliked_ids
        return self.lift * math.sqrt(len(shown))


def list_statements(person_id: int) -> list[TasteStatement]:
    """Statements, strongest first; computed again if the history changed since."""
    newest = TasteStatement.objects.filter(person_id=person_id).aggregate(at=Max("updated_at"))["at"]
    changes = Interaction.objects.filter(person_id=person_id).aggregate(
        recorded=Max("recorded_at"), withdrawn=Max("withdrawn_at")
    )
    latest = max((at for at in changes.values() if at is not None), default=None)
    if latest is not None and (newest is None or newest < latest):
        refresh_statements(person_id)
    rows = TasteStatement.objects.filter(person_id=person_id).order_by("-sign", "-weight", "pk")
    return [row for row in rows if not row.feature.get("deleted")]


def refresh_statements(person_id: int) -> int:
    """Computes the statements again and returns their number. Edited and switched-off ones stay as they are."""
    profile = load_profile(person_id)
    fresh = {tuple(_identity(affinity)): affinity for affinity in find_affinities(profile)}
    with transaction.atomic():
        stored = {
            tuple(row.feature.get("identity", [row.text])): row
            for row in TasteStatement.objects.select_for_update().filter(person_id=person_id)
        }
        outdated = [row.pk for key, row in stored.items() if key not in fresh and row.is_active and not row.is_edited]
        TasteStatement.objects.filter(pk__in=outdated).delete()
        for key, affinity in fresh.items():
            _store(person_id, affinity, stored.get(key), profile.history)
    return TasteStatement.objects.filter(person_id=person_id).count()


def _store(person_id: int, affinity: Affinity, row: TasteStatement | None, history: History) -> None:
    if row is not None and (row.feature.get("own") or row.feature.get("deleted")):
        return
    row = row or TasteStatement(person_id=person_id)
    emphasis = row.feature.get("emphasis")
    if not row.is_edited:
        row.text, row.sign = describe_affinity(affinity, history), affinity.sign
    row.weight = round(affinity.strength, 3)
    row.feature = {"identity": _identity(affinity), "words": list(affinity.words), "label": label(affinity)}
    if emphasis is not None:
        row.feature["emphasis"] = emphasis
    if affinity.contributor_id is not None:
        row.feature["contributor_id"] = affinity.contributor_id
    row.evidence = list((affinity.liked_ids if affinity.sign > 0 else affinity.disliked_ids)[: RULES.max_evidence])
    row.save()


def _identity(affinity: Affinity) -> list[str]:
    return [str(affinity.sign), *sorted(affinity.words), affinity.contributor]


def label(affinity: Affinity) -> str:
    """The short name: "slow science fiction", "works by Nick Cave"."""
    return f"works by {affinity.contributor}" if affinity.contributor else " ".join(affinity.words)


def describe_affinity(affinity: Affinity, history: History) -> str:
    """The label and counts of its evidence, which the history page shows too."""
    parts = [
        *_count_marks(history, affinity.liked_ids, POSITIVE_MARKS),
        *_count_marks(history, affinity.disliked_ids, NEGATIVE_MARKS),
    ]
    return f"{'not so much ' if affinity.sign < 0 else ''}{label(affinity)} — {', '.join(parts)}"


def _count_marks(history: History, item_ids: tuple[int, ...], marks: tuple[str, ...]) -> list[str]:
    counts = {mark: len(history.items_by_signal.get(mark, frozenset()) & set(item_ids)) for mark in marks}
    return [f"{count} {mark}" for mark, count in counts.items() if count][: RULES.most_counts]


def find_affinities(profile: Profile) -> list[Affinity]:
    """Positive affinities to labels, pairs of labels and contributors, then negative ones, without near duplicates."""
    weights = profile.history.item_weights
    liked_words = {i: d.labels for i, d in profile.details.items() if weights.get(i, 0) > 0}
    disliked_words = {i: d.labels for i, d in profile.details.items() if weights.get(i, 0) < 0}
    positive = [*_label_affinities(profile, liked_words, disliked_words, sign=1), *_contributor_affinities(profile)]
    negative = _label_affinities(profile, disliked_words, liked_words, sign=-1)
    return [
        *_without_repeats(positive, RULES.most - RULES.most_negative),
        *_without_repeats(negative, RULES.most_negative),
    ]


def _label_affinities(
    profile: Profile, own: Mapping[int, tuple[str, ...]], other: Mapping[int, tuple[str, ...]], *, sign: int
) -> list[Affinity]:
    """Affinities to labels of the `own` items; items of the `other` sign with the same labels weaken them."""
    affinities = []
    for words, ids in _labelled_items(own).items():
        against = tuple(i for i, other_words in other.items() if set(words) <= set(other_words))
        lift = _lift(profile, words, len(ids), len(own)) - math.log1p(len(against)) / 2
        if len(ids) < RULES.min_items or lift < RULES.min_lift or len(ids) <= len(against):
            continue
        liked, disliked = (ids, against) if sign > 0 else (against, ids)
        affinities.append(Affinity(words, sign, lift + RULES.pair_gain * (len(words) - 1), liked, disliked))
    return affinities


def _labelled_items(words_of: Mapping[int, tuple[str, ...]]) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Item IDs by label and by pair of labels, for those that occur in at least `min_items` items."""
    counts = Counter(word for words in words_of.values() for word in words)
    frequent = {word for word, count in counts.items() if count >= RULES.min_items}
    carriers: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for item_id, words in words_of.items():
        item_words = [word for word in words if word in frequent]
        for word in item_words:
            carriers[(word,)].append(item_id)
        for first, second in combinations(item_words[:10], 2):
            if set(first.split()) & set(second.split()):
                continue  # "hard rock rock" says nothing that "hard rock" does not
            pair = (second, first) if counts[second] < counts[first] else (first, second)
            carriers[pair].append(item_id)  # the rarer word first, as the adjective: "slow drama"
    return {words: tuple(ids) for words, ids in carriers.items() if len(ids) >= RULES.min_items}


def _lift(profile: Profile, words: tuple[str, ...], carrying: int, total: int) -> float:
    """Log lift over the catalogue share of the rarest word, an approximation of the share of a pair."""
    share = min(profile.counts.share(word) for word in words)
    return math.log((carrying / max(1, total)) / share)


def _contributor_affinities(profile: Profile) -> list[Affinity]:
    total = max(1, len(profile.details))
    affinities = []
    for contributor_id, credits in profile.contributors.items():
        led = tuple(i for i, roles in credits.roles.items() if roles & {"director", "creator", "artist", "channel"})
        if len(led) >= RULES.min_items:
            lift = math.log(1 + 10 * len(led) / total)
            affinities.append(Affinity((), 1, lift, led, (), credits.name, contributor_id))
    return affinities


def _without_repeats(affinities: Iterable[Affinity], most: int) -> list[Affinity]:
    """Strongest first, without those whose items largely overlap with a stronger one's."""
    chosen: list[Affinity] = []
    for affinity in sorted(affinities, key=lambda a: (-a.strength, a.words, a.contributor)):
        item_ids = set(affinity.liked_ids if affinity.sign > 0 else affinity.disliked_ids)
        if len(chosen) < most and not any(_repeats(affinity, item_ids, former) for former in chosen):
            chosen.append(affinity)
    return chosen


def _repeats(affinity: Affinity, item_ids: set[int], former: Affinity) -> bool:
    former_ids = set(former.liked_ids if former.sign > 0 else former.disliked_ids)
    overlap = len(item_ids & former_ids) / len(item_ids | former_ids)
    same_word = bool(set(affinity.words) & set(former.words))
    return overlap > 0.8 or (same_word and overlap > 0.4)
