"""Sentences in a person's own words: added, edited, weighed and deleted. What they do to a list ends with them."""

from __future__ import annotations

from django.db import transaction

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.items.labels import count_labels
from recommender.language.concept_tagger import ConceptMention, ConceptType, tag_concepts
from recommender.models import TasteStatement

LONGEST_SENTENCE = 200
MOST_EMPHASIS = 3.0
OWN = "own"  # in `feature`: the wording is the person's, and is neither computed anew nor put back


@transaction.atomic
def add_statement(person_id: int, text: str, sign: int = 1) -> TasteStatement:
    """A new sentence. One that stands already is switched on again rather than said twice."""
    text = _clean(text)
    row = TasteStatement.objects.select_for_update().filter(person_id=person_id, text=text).first()
    row = row or TasteStatement(person_id=person_id, text=text, feature={"identity": [OWN, text]})
    return _apply(row, text, sign)


@transaction.atomic
def edit_statement(person_id: int, statement_id: int, text: str, sign: int | None = None) -> TasteStatement:
    """The sentence in other words; what it was computed from is not said a second time."""
    row = find_statement(person_id, statement_id)
    text = _clean(text)
    if TasteStatement.objects.filter(person_id=person_id, text=text).exclude(pk=row.pk).exists():
        raise NotUnderstoodError("There is such a sentence already.")
    return _apply(row, text, row.sign if sign is None else sign)


@transaction.atomic
def delete_statement(person_id: int, statement_id: int) -> None:
    """Gone from the list and from the ranking. One that was computed stays struck, so that it does not come back."""
    row = find_statement(person_id, statement_id)
    if row.feature.get("identity", [""])[0] == OWN:
        row.delete()
        return
    row.feature = {**row.feature, "deleted": True}
    row.is_active, row.is_edited = False, True
    row.save()


def set_statement_enabled(person_id: int, statement_id: int) -> TasteStatement:
    """On or off; an off sentence no longer enters the ranking and is not computed back on."""
    row = find_statement(person_id, statement_id)
    row.is_active, row.is_edited = not row.is_active, True
    row.save(update_fields=["is_active", "is_edited", "updated_at"])
    return row


def set_statement_weight(person_id: int, statement_id: int, emphasis: float) -> TasteStatement:
    """How much a sentence counts: 1 as computed, 0 not at all, up to 3."""
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
    """The genres and tags of this library that the sentence names; none is allowed: its meaning counts as well."""
    known = frozenset(count_labels().by_label)
    words = [word for mark in _find_topics(text, known) for word in mark.words]
    return [word for word in dict.fromkeys(words) if word in known]


def name_concepts(text: str) -> list[str]:
    """What the text names, one word for each thing: the first genre or tag of this library that it stands for."""
    known = frozenset(count_labels().by_label)
    firsts = (next((word for word in mark.words if word in known), "") for mark in _find_topics(text, known))
    return [word for word in dict.fromkeys(firsts) if word]


def _find_topics(text: str, known: frozenset[str]) -> list[ConceptMention]:
    return [mark for mark in tag_concepts(text.lower(), known) if mark.type in {ConceptType.TOPIC, ConceptType.MOOD}]


def _clean(text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > LONGEST_SENTENCE:
        raise NotUnderstoodError(f"Say it in one sentence of up to {LONGEST_SENTENCE} letters.")
    return text
