"""Suggested taste statements, from a person's playlists (names and contents) and from labels they edited.

A suggestion affects no ranking until the person accepts it; a dismissed one is not suggested again.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction

from mediarec.library.errors import NotFoundError
from mediarec.library.models import AuditEntry, Item
from recommender.items.labels import LabelFrequencies, count_labels, item_labels
from recommender.models import Playlist, TasteStatement
from recommender.taste import statement_editing

READ_PLAYLISTS = 30  # the last ones changed
READ_EDITS = 300
LEAST_ENTRIES = 4
LEAST_SHARE = 0.6  # of a playlist's entries that have the label
LEAST_LIFT = 2.0  # ratio of that share to the label's share in the catalogue
LEAST_MARKED = 2  # items to which the person added the label
MOST = 4
MOST_WORDS = 3
GIVEN_NAME = re.compile(r"(?:With|Around) (?P<titles>.+)")  # generated names: "With Heat", "Around Heat and Ran"


@dataclass(frozen=True)
class StatementSuggestion:
    """`text` is the sentence, `because` the reason shown with it, `item_ids` the evidence."""

    text: str
    because: str
    words: frozenset[str]
    item_ids: tuple[int, ...]


def list_suggestions(person_id: int) -> list[StatementSuggestion]:
    """At most `MOST` suggestions, none with the words of a present or deleted statement."""
    rows = TasteStatement.objects.filter(person_id=person_id)
    word_sets = {frozenset(_list_words(feature)) for feature in rows.values_list("feature", flat=True)}
    texts = {text.lower() for text in rows.values_list("text", flat=True)}
    suggestions: list[StatementSuggestion] = []
    for candidate in (*_from_playlists(person_id), *_from_edits(person_id)):
        if candidate.words not in word_sets and candidate.text.lower() not in texts:
            word_sets.add(candidate.words)
            suggestions.append(candidate)
    return suggestions[:MOST]


@transaction.atomic
def accept_suggestion(person_id: int, text: str) -> TasteStatement:
    """Adds the sentence as the person's own. Raises NotFoundError if it is no current suggestion."""
    suggestion = _find(person_id, text)
    row = statement_editing.add_statement(person_id, suggestion.text)
    row.evidence = list(suggestion.item_ids)
    row.save()
    return row


@transaction.atomic
def dismiss_suggestion(person_id: int, text: str) -> None:
    suggestion = _find(person_id, text)
    row = statement_editing.add_statement(person_id, suggestion.text)
    row.feature = {**row.feature, "words": sorted(suggestion.words), "deleted": True}
    row.is_active = False
    row.save()


def _find(person_id: int, text: str) -> StatementSuggestion:
    suggestion = next((s for s in list_suggestions(person_id) if s.text == text), None)
    if suggestion is None:
        raise NotFoundError("This sentence is not proposed any more.")
    return suggestion


def _list_words(feature: dict[str, object]) -> list[str]:
    words = feature.get("words", [])
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def _from_playlists(person_id: int) -> Iterator[StatementSuggestion]:
    """From a playlist's name first, then from labels that most of its entries share."""
    playlists = list(Playlist.objects.filter(person_id=person_id).prefetch_related("entries__item")[:READ_PLAYLISTS])
    counts = count_labels()
    for playlist in playlists:
        items = [entry.item for entry in playlist.entries.all()]
        is_generated = _is_generated_name(playlist.name)
        named = [] if is_generated else statement_editing.name_concepts(playlist.name)[:MOST_WORDS]
        if named:
            because = f"Your playlist is called “{playlist.name}”."
            yield _build(named, because, _list_labelled(items, named))
        shared = _find_shared(items, counts)
        if shared:
            carrying = _list_labelled(items, shared)
            because = f"{len(carrying)} of {len(items)} works in your playlist “{playlist.name}” are that."
            yield _build(shared, because, carrying)


def _is_generated_name(name: str) -> bool:
    """Whether the name was generated from titles, which say nothing of a taste."""
    match = GIVEN_NAME.fullmatch(name)
    if match is None:
        return False
    titles = match["titles"]
    beginnings = {titles[: joint.start()] for joint in re.finditer(" and ", titles)}
    return Item.objects.filter(title__in={titles, *beginnings}).exists()


def _build(words: Iterable[str], because: str, carrying: list[int]) -> StatementSuggestion:
    words = tuple(dict.fromkeys(words))
    return StatementSuggestion(" ".join(words), because, frozenset(words), tuple(carrying))


def _list_labelled(items: list[Item], words: list[str]) -> list[int]:
    return [item.pk for item in items if set(words) <= set(item_labels(item.genres, item.tags))]


def _find_shared(items: list[Item], counts: LabelFrequencies) -> list[str]:
    """The one or two rarest labels that most entries have and that are much rarer in the catalogue."""
    if len(items) < LEAST_ENTRIES:
        return []
    carried = Counter(word for item in items for word in item_labels(item.genres, item.tags))
    common = [
        word
        for word, count in carried.items()
        if count >= LEAST_SHARE * len(items) and count / len(items) >= LEAST_LIFT * counts.share(word)
    ]
    rarest = sorted(common, key=lambda word: (counts.share(word), word))[:2]
    return rarest if len(_list_labelled(items, rarest)) >= LEAST_SHARE * len(items) else rarest[:1]


def _from_edits(person_id: int) -> Iterator[StatementSuggestion]:
    """From labels that this person added to several items by hand."""
    edits = AuditEntry.objects.filter(actor_id=person_id, table=str(Item._meta.verbose_name), action="edited")
    item_ids: dict[str, set[int]] = defaultdict(set)
    for entry in edits[:READ_EDITS]:
        for word in _list_added_labels(entry):
            item_ids[word].add(int(entry.object_id))
    for word, ids in sorted(item_ids.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        labelled = [item.pk for item in Item.objects.filter(pk__in=ids) if word in item_labels(item.genres, item.tags)]
        if len(labelled) >= LEAST_MARKED:
            yield _build([word], f"You marked {len(labelled)} works as {word}.", sorted(labelled))


def _list_added_labels(entry: AuditEntry) -> set[str]:
    before, after = (
        set(item_labels(fields.get("genres") or [], fields.get("tags") or [])) for fields in (entry.before, entry.after)
    )
    return after - before if entry.object_id.isdecimal() else set()
