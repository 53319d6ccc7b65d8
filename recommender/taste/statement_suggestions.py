"""Sentences that what a person edits suggests: names and contents of their playlists, words they gave to works.

Nothing proposed here ranks anything until the person keeps it; what they refuse is not proposed again.
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
LEAST_SHARE = 0.6  # of a playlist's entries carry the word
LEAST_LIFT = 2.0  # times as common there as in the catalogue
LEAST_MARKED = 2  # works that the person gave a word to
MOST = 4
MOST_WORDS = 3
GIVEN_NAME = re.compile(r"(?:With|Around) (?P<titles>.+)")  # "With Heat", "Around Heat and Ran": made here from titles


@dataclass(frozen=True)
class StatementSuggestion:
    """`text` is the sentence, `because` where it was read, `item_ids` the works that show it."""

    text: str
    because: str
    words: frozenset[str]
    item_ids: tuple[int, ...]


def list_suggestions(person_id: int) -> list[StatementSuggestion]:
    """At most a few, none of which says what a sentence says or said already."""
    rows = TasteStatement.objects.filter(person_id=person_id)
    said = {frozenset(_list_words(feature)) for feature in rows.values_list("feature", flat=True)}
    texts = {text.lower() for text in rows.values_list("text", flat=True)}
    found: list[StatementSuggestion] = []
    for proposal in (*_from_playlists(person_id), *_from_edits(person_id)):
        if proposal.words not in said and proposal.text.lower() not in texts:
            said.add(proposal.words)
            found.append(proposal)
    return found[:MOST]


@transaction.atomic
def accept_suggestion(person_id: int, text: str) -> TasteStatement:
    """The sentence becomes one of the person's own. Raises NotFoundError for what is not proposed."""
    proposal = _find(person_id, text)
    row = statement_editing.add_statement(person_id, proposal.text)
    row.evidence = list(proposal.item_ids)
    row.save()
    return row


@transaction.atomic
def dismiss_suggestion(person_id: int, text: str) -> None:
    proposal = _find(person_id, text)
    row = statement_editing.add_statement(person_id, proposal.text)
    row.feature = {**row.feature, "words": sorted(proposal.words), "deleted": True}
    row.is_active = False
    row.save()


def _find(person_id: int, text: str) -> StatementSuggestion:
    found = next((proposal for proposal in list_suggestions(person_id) if proposal.text == text), None)
    if found is None:
        raise NotFoundError("This sentence is not proposed any more.")
    return found


def _list_words(feature: dict[str, object]) -> list[str]:
    words = feature.get("words", [])
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def _from_playlists(person_id: int) -> Iterator[StatementSuggestion]:
    """What a playlist is called comes before what most of it has in common."""
    playlists = list(Playlist.objects.filter(person_id=person_id).prefetch_related("entries__item")[:READ_PLAYLISTS])
    counts = count_labels()
    for playlist in playlists:
        items = [entry.item for entry in playlist.entries.all()]
        named = [] if _is_given(playlist.name) else statement_editing.name_concepts(playlist.name)[:MOST_WORDS]
        if named:
            because = f"Your playlist is called “{playlist.name}”."
            yield _build(named, because, _list_labelled(items, named))
        shared = _find_shared(items, counts)
        if shared:
            carrying = _list_labelled(items, shared)
            because = f"{len(carrying)} of {len(items)} works in your playlist “{playlist.name}” are that."
            yield _build(shared, because, carrying)


def _is_given(name: str) -> bool:
    """Whether a playlist is called after works, as nobody called it anything: titles say nothing of a taste."""
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
    """The words that most entries carry and the catalogue does not: the rarest two, which some entry carries both."""
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
    """Words that this person gave to several works by hand."""
    edits = AuditEntry.objects.filter(actor_id=person_id, table=str(Item._meta.verbose_name), action="edited")
    given: dict[str, set[int]] = defaultdict(set)
    for entry in edits[:READ_EDITS]:
        for word in _list_given(entry):
            given[word].add(int(entry.object_id))
    for word, numbers in sorted(given.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        still = [item.pk for item in Item.objects.filter(pk__in=numbers) if word in item_labels(item.genres, item.tags)]
        if len(still) >= LEAST_MARKED:
            yield _build([word], f"You marked {len(still)} works as {word}.", sorted(still))


def _list_given(entry: AuditEntry) -> set[str]:
    before, after = (
        set(item_labels(told.get("genres") or [], told.get("tags") or [])) for told in (entry.before, entry.after)
    )
    return after - before if entry.object_id.isdecimal() else set()
