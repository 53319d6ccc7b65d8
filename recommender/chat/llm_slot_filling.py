"""What the language model reads into words that the rules left open. It offers; only a person's tap makes it count.

So the answer is the same with the model off. Whatever it offers stands in the sentence, or is not offered.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mediarec.library.errors import UnavailableError
from recommender.chat import entity_linking, slot_patterns
from recommender.chat.parsed_query import Chip, Intent, ParsedQuery, list_open_words
from recommender.chat.turn_record import SlotGuess
from recommender.language.lexicon import MOODS, TOPICS
from recommender.llm import prompts
from recommender.llm.protocol import TextGenerator

logger = logging.getLogger(__name__)
MOST_GUESSES = 2
LONGEST_SAID_WORDS = 4
MOST_TOKENS = 80
WORD = re.compile(r"[^\W_][\w'-]*")
CONCEPTS = tuple(dict.fromkeys(words[0] for table in (MOODS, TOPICS) for words in table.values()))
TITLE, NAME, NOTHING = "a title", "a name", "nothing"
READABLE = frozenset({Intent.RECOMMEND, Intent.PLAYLIST})


def list_stretches(sentence: str, wish: ParsedQuery) -> list[str]:
    """Runs of the sentence's words that the rules made nothing of, in the order said; the model may speak of these."""
    if wish.intent not in READABLE or wish.is_standing:
        return []
    open_words = set(list_open_words(wish))
    stretches: list[list[str]] = [[]]
    for word in WORD.findall(slot_patterns.normalise(sentence)):
        if word.strip("'-") in open_words:
            stretches[-1].append(word)
        elif stretches[-1]:
            stretches.append([])
    return [" ".join(words) for words in stretches if words]


def find_guesses(sentence: str, stretches: Sequence[str], wish: ParsedQuery, reader: TextGenerator) -> list[SlotGuess]:
    """What the model adds to the open stretches, checked; [] where it is silent, late or talks nonsense."""
    facts = [f"sentence: {sentence}", f"open words: {'; '.join(stretches)}"]
    try:
        text = reader.write(prompts.SLOT_FILLING_SYSTEM, facts, MOST_TOKENS, build_schema(stretches))
    except UnavailableError as error:
        logger.info("the language model did not read a sentence: %s", error)
        return []
    return check_guesses(text, stretches, wish)


def build_schema(stretches: Sequence[str]) -> dict[str, Any]:
    """The grammar of an answer: nothing outside of the open words and the known concepts can be written."""
    entry = {
        "type": "object",
        "properties": {
            "said": {"enum": _list_phrases(stretches)},
            "means": {"enum": [*CONCEPTS, TITLE, NAME, NOTHING]},
        },
        "required": ["said", "means"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"added": {"type": "array", "items": entry, "maxItems": MOST_GUESSES}},
        "required": ["added"],
        "additionalProperties": False,
    }


def check_guesses(text: str, stretches: Sequence[str], wish: ParsedQuery) -> list[SlotGuess]:
    """Keeps what a grammar cannot promise: a server may ignore it, a title may not exist, a slot may be filled."""
    try:
        read = json.loads(text)
    except ValueError:
        return []
    added = read.get("added") if isinstance(read, dict) else None
    if not isinstance(added, list):
        return []
    allowed = set(_list_phrases(stretches))
    found: list[SlotGuess] = []
    for entry in added:
        guess = _check_entry(entry, allowed)
        if guess is not None and _is_open(guess, wish) and guess.value not in {known.value for known in found}:
            found.append(guess)
    return found[:MOST_GUESSES]


def _check_entry(entry: object, allowed: set[str]) -> SlotGuess | None:
    if not isinstance(entry, dict):
        return None
    said, means = (str(entry.get(name, "")).strip().lower() for name in ("said", "means"))
    if said not in allowed:
        return None
    if means in CONCEPTS:
        return SlotGuess("mood", said, means)
    if means == TITLE and (title := entity_linking.find_exact_title(said)):
        return SlotGuess("title", said, title.name, title.pk)
    if means == NAME and (person := entity_linking.find_exact_person(said)):
        return SlotGuess("person", said, person.name)
    return None


def _is_open(guess: SlotGuess, wish: ParsedQuery) -> bool:
    """What the rules read already, refused or wanted, is theirs to say."""
    filters = wish.filters
    if guess.slot == "title":
        return not wish.seed_ids and guess.pk not in filters.exclude_ids
    if guess.slot == "person":
        return not filters.people and guess.value not in filters.no_people
    said = (*filters.any_words, *filters.all_words, *filters.none_words, *filters.less_words, *filters.more_words)
    return guess.value not in said and guess.value not in wish.moods


def take_guess(wish: ParsedQuery, guess: SlotGuess) -> ParsedQuery:
    """The wish with one guess in it, marked as one. A mood directs and shuts nothing out."""
    if guess.slot == "mood":
        query = " ".join(dict.fromkeys((*guess.value.split(), *wish.query.split())))
        wish = replace(wish, moods=(*wish.moods, guess.value), query=query)
        return _mark(wish, f"mood:{guess.value}", guess.said)
    query = " ".join(word for word in wish.query.split() if word not in guess.said.split())
    if guess.slot == "title" and guess.pk is not None:
        wish = replace(wish, seed_ids=(guess.pk,), seed_titles=(guess.value,), query=query)
        return _mark(wish, f"seed:{guess.value}", guess.said)
    wish = replace(wish, filters=replace(wish.filters, people=(guess.value,)), query=query)
    return _mark(wish, f"with:{guess.value}", guess.said)


def _mark(wish: ParsedQuery, key: str, said: str) -> ParsedQuery:
    return replace(wish, guessed=(*wish.guessed, Chip(key, "", said)))


def _list_phrases(stretches: Sequence[str]) -> list[str]:
    """Every run of up to four words inside one stretch."""
    runs = []
    for stretch in stretches:
        words = stretch.split()
        for length in range(min(LONGEST_SAID_WORDS, len(words)), 0, -1):
            runs += [" ".join(words[start : start + length]) for start in range(len(words) - length + 1)]
    return list(dict.fromkeys(runs))
