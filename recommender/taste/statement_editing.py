"""Editing of taste statements: add, edit, reweight, switch, delete. Ranking reads them through overrides."""

from __future__ import annotations

from django.db import transaction

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.items.labels import count_labels
from recommender.language.concept_tagger import ConceptMention, ConceptType, tag_concepts
from recommender.models import TasteStatement

LONGEST_SENTENCE = 200
MOST_EMPHASIS = 3.0
OWN = "own"  # key in `feature`: the person's own wording, which is never recomputed


@transaction.atomic
def add_statement(person_id: int, text: str, sign: int = 1) -> TasteStatement:
    """Adds a sentence; an existing one with this text is switched on again instead."""
    text = _clean(text)
    row = TasteStatement.objects.select_for_update().filter(person_id=person_id, text=text).first()
    row = row or TasteStatement(person_id=person_id, text=text, feature={"identity": [OWN, text]})
    return _apply(row, text, sign)


@transaction.atomic
def edit_statement(person_id: int, statement_id: int, text: str, sign: int | None = None) -> TasteStatement:
    """Rewords a sentence; a computed one becomes the person's own and is not computed again."""
    row = find_statement(person_id, statement_id)
    text = _clean(text)
    if TasteStatement.objects.filter(person_id=person_id, text=text).exclude(pk=row.pk).exists():
        raise NotUnderstoodError("There is such a sentence already.")
    return _apply(row, text, row.sign if sign is None else sign)


@transaction.atomic
def delete_statement(person_id: int, statement_id: int) -> None:
    """Removes it from list and ranking. A computed one is kept as deleted, so that it is not computed again."""
    row = find_statement(person_id, statement_id)
    if row.feature.get("identity", [""])[0] == OWN:
        row.delete()
        return
    row.feature = {**row.feature, "deleted": True}
    row.is_active, row.is_edited = False, True
    row.save()


def set_statement_enabled(person_id: int, statement_id: int) -> TasteStatement:
    """Toggles a sentence on or off; computing statements again does not switch it back on."""
    row = find_statement(person_id, statement_id)
    row.is_active, row.is_edited = not row.is_active, True
    row.save(update_fields=["is_active", "is_edited", "updated_at"])
    return row


def set_statement_weight(person_id: int, statement_id: int, emphasis: float) -> TasteStatement:
    """Sets a sentence's weight factor, 0 to 3; 1 is as computed. Raises NotUnderstoodError."""
    row = find_statement(person_id, statement_id)
    if not 0 <= emphasis <= MOST_EMPHASIS:
        raise NotUnderstoodError(f"A sentence can count from 0 to {MOST_EMPHASIS:g} times.")
    row.feature = {**row.feature, "emphasis": emphasis}
    row.save()
    return row


def find_statement(person_id: int, statement_id: int) -> TasteStatement:
    row = TasteStatement.objects.filter(pk=statement_id, person_id=person_id).first()
    if row is None or row.feature.get("deleted"):
        raise NotFoundError("There is no such sentence.")
    return row


def _apply(row: TasteStatement, text: str, sign: int) -> TasteStatement:
    if sign not in (-1, 1):
        raise NotUnderstoodError("A sentence is either for (1) or against (-1) something.")
    words = read_words(text)
    row.text, row.sign, row.is_edited, row.is_active, row.evidence = text, sign, True, True, []
    row.feature = {**row.feature, OWN: True, "words": words, "label": text}
    for former in ("contributor_id", "deleted"):
        row.feature.pop(former, None)
    row.save()
    return row


def read_words(text: str) -> list[str]:
    """Genres and tags of this library that the sentence names; may be empty, since its embedding counts too."""
    library_labels = frozenset(count_labels().by_label)
    words = [word for mention in _find_topics(text, library_labels) for word in mention.words]
    return [word for word in dict.fromkeys(words) if word in library_labels]


def name_concepts(text: str) -> list[str]:
    """One label per concept that the text names: the first of its genres or tags that this library has."""
    library_labels = frozenset(count_labels().by_label)
    firsts = (
        next((word for word in m.words if word in library_labels), "") for m in _find_topics(text, library_labels)
    )
    return [word for word in dict.fromkeys(firsts) if word]


def _find_topics(text: str, library_labels: frozenset[str]) -> list[ConceptMention]:
    mentions = tag_concepts(text.lower(), library_labels)
    return [mention for mention in mentions if mention.type in {ConceptType.TOPIC, ConceptType.MOOD}]


def _clean(text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > LONGEST_SENTENCE:
        raise NotUnderstoodError(f"Say it in one sentence of up to {LONGEST_SENTENCE} letters.")
    return text
