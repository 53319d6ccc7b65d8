"""One turn of the conversation: understood, acted on by the same pipeline as every page, kept as a row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.core.cache import cache

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import Item
from recommender.backends import registry
from recommender.chat import llm_slot_filling
from recommender.chat.actions import ChatAnswer, act
from recommender.chat.commands import read_command
from recommender.chat.out_of_scope import is_out_of_scope
from recommender.chat.parsed_query import Intent, ParsedQuery
from recommender.chat.parsed_query import remove_chip as without_chip
from recommender.chat.parsing import DialogueState, understand
from recommender.chat.turn_record import SlotGuess, TurnRecord, read_record
from recommender.chat.turn_store import find_turn, list_turns
from recommender.models import ChatTurn

__all__ = [
    "ChatAnswer", "answer", "find_turn", "list_guesses", "list_known_words", "list_turns", "remove_chip", "take_guess",
]  # fmt: skip

KNOWN_WORDS_SECONDS = 300
SHARED_BY = 0.5  # a word speaks for an answer when at least half of its items have it
LONGEST_KEPT = 1000  # letters of a sentence that are shown again
LONGEST_REPEATED = 60
NOT_UNDERSTOOD = (
    "“{}” was not understood: ask for a kind, a mood, years, a length, people or something like a title, for example "
    "“a slow film from the 70s” or “an hour of calm music”, or say “help”."
)


def answer(person_id: int, thread: UUID, said: str) -> ChatAnswer:
    """Understands and answers one sentence. Raises NotUnderstoodError for an empty one."""
    sentence = " ".join(said.split())
    if not sentence:
        raise NotUnderstoodError("Say what you are in the mood for, for example “a slow film from the 70s”.")
    context = _load_context(person_id, thread)
    wish = read_command(sentence, context) or _understand(sentence, context)
    turn = ChatTurn(person_id=person_id, thread=thread, said=sentence[:LONGEST_KEPT])
    return act(turn, wish, context)


def _understand(sentence: str, context: DialogueState) -> ParsedQuery:
    """What is asked for; where the sentence by itself means nothing here, that and what can be asked, and no list."""
    known_words = list_known_words()
    wish = understand(sentence, context, known_words)
    if wish.query and is_out_of_scope(understand(sentence, DialogueState(), known_words)):
        return ParsedQuery(intent=Intent.ASIDE, relaxed=NOT_UNDERSTOOD.format(sentence[:LONGEST_REPEATED]))
    return wish


def remove_chip(person_id: int, turn_id: int, key: str) -> ChatAnswer:
    """Answers the same turn again without one of the things understood."""
    turn = find_turn(person_id, turn_id)
    if turn.rule is not None:
        raise NotUnderstoodError("This rule is kept already: undo it, and say it anew.")
    return _answer_again(turn, without_chip(read_record(turn.wish).parsed, key))


def list_guesses(person_id: int, turn_id: int) -> tuple[SlotGuess, ...]:
    """What the language model offers for a turn's open words. It is asked once; without it there is nothing."""
    turn = find_turn(person_id, turn_id)
    record = read_record(turn.wish)
    if record.may_guess and (reader := registry.load_slot_filler()) is not None:
        found = llm_slot_filling.find_guesses(turn.said, record.open, record.parsed, reader)
        record = _store_guesses(turn, record, found)
    return record.guesses or ()


def take_guess(person_id: int, turn_id: int, place: int) -> ChatAnswer:
    """Answers the same turn again with one of the guesses. Raises NotFoundError where there is no such guess."""
    turn = find_turn(person_id, turn_id)
    record = read_record(turn.wish)
    offered = record.guesses or ()
    if not 0 <= place < len(offered):
        raise NotFoundError("There is no such guess.")
    answered = _answer_again(turn, llm_slot_filling.take_guess(record.parsed, offered[place]))
    _store_guesses(turn, read_record(turn.wish), [*offered[:place], *offered[place + 1 :]])
    return answered


def _store_guesses(turn: ChatTurn, record: TurnRecord, guesses: Sequence[SlotGuess]) -> TurnRecord:
    record = replace(record, guesses=tuple(guesses))
    turn.wish = record.to_json()
    turn.save(update_fields=["wish"])
    return record


def _answer_again(turn: ChatTurn, wish: ParsedQuery) -> ChatAnswer:
    turn.answer = turn.answered_by = ""
    return act(turn, wish, DialogueState(item_ids=tuple(turn.item_ids)))


def list_known_words() -> frozenset[str]:
    """This library's own genres and tags in lower case, re-read every few minutes."""
    words: frozenset[str] | None = cache.get("chat-known-words")
    if words is None:
        rows = Item.objects.values_list("genres", "tags").iterator(chunk_size=5000)
        words = frozenset(word.lower() for genres, tags in rows for word in (*genres, *tags) if len(word) > 2)
        cache.set("chat-known-words", words, KNOWN_WORDS_SECONDS)
    return words


def _load_context(person_id: int, thread: UUID) -> DialogueState:
    said = ChatTurn.objects.filter(person_id=person_id, thread=thread).exclude(wish__intent=Intent.ASIDE)
    last = said.order_by("-created_at", "-pk").first()
    if last is None:
        return DialogueState()
    items = Item.objects.in_bulk(last.item_ids)
    shown = [items[item_id] for item_id in last.item_ids if item_id in items]
    query = read_record(last.wish).parsed
    return DialogueState(
        query=query,
        item_ids=tuple(item.pk for item in shown),
        titles=tuple(item.title for item in shown),
        years=tuple(item.year for item in shown if item.year),
        runtimes_seconds=tuple(item.runtime_seconds for item in shown if item.runtime_seconds),
        shared_words=_list_shared_words(shown, query),
    )


def _list_shared_words(shown: Sequence[Item], wish: ParsedQuery) -> tuple[str, ...]:
    """What "that" means in "no more of that": what was asked for, or what most of the answer has in common."""
    if wish.filters.any_words:
        return wish.filters.any_words
    counts = Counter(word.lower() for item in shown for word in dict.fromkeys((*item.genres, *item.tags)))
    return tuple(word for word, count in counts.most_common(2) if count >= max(2, SHARED_BY * len(shown)))
