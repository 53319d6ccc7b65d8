"""A sentence becomes a wish by rules alone, so the same words always mean the same thing. Knows no language model."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.utils import timezone

from recommender.chat import slot_patterns
from recommender.chat.dialogue_state import DialogueState, update_state
from recommender.chat.entity_linking import (
    EntityMention,
    UnlinkedTitle,
    find_unknown_disliked,
    find_unknown_title,
    items_with_words_in_title,
    link_people,
    link_titles,
)
from recommender.chat.parsed_query import Intent, ParsedQuery
from recommender.chat.slot_filling import (
    PLACEHOLDER,
    Reading,
    SentenceNames,
    Situation,
    changes_something,
    fill_slots,
    list_left_over,
    start_reading,
)

__all__ = ["DialogueState", "understand"]

LONGEST_SENTENCE = 500


def understand(
    sentence: str,
    context: DialogueState | None = None,
    known_words: frozenset[str] = frozenset(),
    today: date | None = None,
) -> ParsedQuery:
    """Reads one sentence. `known_words` are the genres and tags of this library, in lower case.

    A sentence that only modifies ("older", "but not too dark") refines the wish before it.
    """
    return _understand(sentence, Situation(context or DialogueState(), known_words, today or timezone.localdate()))


def _understand(sentence: str, situation: Situation) -> ParsedQuery:
    original = PLACEHOLDER.sub(" ", " ".join(sentence[:LONGEST_SENTENCE].split()))
    if slot_patterns.HELP.search(original.lower()):
        return ParsedQuery(intent=Intent.HELP)
    titles = link_titles(original)
    names = SentenceNames(titles, link_people(_blank(original, titles)))
    if disliked := find_unknown_disliked(original, names.mentions):
        return _read_disliked(original, disliked, situation)
    reading = start_reading(original, names, situation)
    if slot_patterns.WHY.search(reading.text) and (explained := _read_why(reading, names, situation.context)):
        return explained
    fill_slots(reading, names, situation)
    unknown = None if reading.seeds else find_unknown_title(original, names.mentions)
    parsed = _build(reading, unknown, situation.context)
    return update_state(slot_patterns.normalise(original), parsed, situation.context)


def _read_disliked(original: str, disliked: EntityMention, situation: Situation) -> ParsedQuery:
    """A work that was disliked and is not here: it is said, and nothing named like it is offered."""
    rest = f"{original[: disliked.start]} , {original[disliked.end :]}"
    if _is_empty(_understand(rest, replace(situation, context=DialogueState()))):
        said = f"“{disliked.name}” is not in the catalogue, so it cannot come up. Say what you would like instead."
        return ParsedQuery(intent=Intent.ASIDE, unknown_title=disliked.name, relaxed=said)
    parsed = _understand(rest, situation)
    excluded = (*items_with_words_in_title(disliked.name), *parsed.filters.exclude_ids)
    filters = replace(parsed.filters, exclude_ids=excluded)
    return replace(parsed, filters=filters, unknown_title=disliked.name, near_titles=())


def _is_empty(own: ParsedQuery) -> bool:
    says = own.query or own.seed_ids or own.unknown_title or changes_something(own.filters)
    return own.intent == Intent.RECOMMEND and not says


def _blank(text: str, names: Iterable[EntityMention]) -> str:
    """Overwrites what was read as a title, so that its words are not read again as people."""
    for name in names:
        text = text[: name.start] + "," * (name.end - name.start) + text[name.end :]
    return text


def _read_why(reading: Reading, names: SentenceNames, context: DialogueState) -> ParsedQuery | None:
    """ "Why the second one?" and "why not Heat?"; None where nothing is there to ask about."""
    named = names.titles[0].pk if names.titles else None
    first = next(iter(context.item_ids), None)
    if slot_patterns.WHY_NOT.search(reading.text):  # what is not there is named
        first = None
    if item_id := named or reading.pointed_id or first:
        return replace(context.query or ParsedQuery(), intent=Intent.EXPLAIN, refers_to=item_id)
    return None


def _decide_intent(reading: Reading) -> Intent:
    """A standing wish is a rule where it changes anything."""
    if reading.is_standing and changes_something(reading.filters):
        return Intent.RULE
    return Intent.PLAYLIST if reading.is_playlist else Intent.RECOMMEND


def _build(reading: Reading, unknown: UnlinkedTitle | None, context: DialogueState) -> ParsedQuery:
    """What was read, as one frozen query; an item that was pointed at counts where no title is named."""
    intent = _decide_intent(reading)
    is_rule = intent == Intent.RULE
    spoken = (*(word for mood in reading.moods for word in mood.split()), *list_left_over(reading.text))
    seeds = reading.seeds
    if not seeds and reading.pointed_id is not None:
        seeds = [(reading.pointed_id, context.titles[reading.place or 0])]
    return ParsedQuery(
        intent=intent,
        filters=reading.filters,
        query=" ".join(dict.fromkeys(spoken)),
        seed_ids=tuple(pk for pk, _ in seeds),
        seed_titles=tuple(title for _, title in seeds),
        limit=reading.limit or ParsedQuery().limit,
        duration_seconds=reading.duration_seconds,
        moods=reading.moods,
        is_standing=is_rule,
        expires_on=reading.expires_on.isoformat() if reading.expires_on and is_rule else "",
        refused_titles=reading.refused_titles,
        unknown_title=unknown.said if unknown else "",
        near_titles=unknown.nearest if unknown else (),
        clash=reading.clash,
    )
