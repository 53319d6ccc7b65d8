"""The chat with a large made-up library: how soon chips and items are there, what may never happen, what is read."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import connection

from benchmarks.record import describe_machine
from benchmarks.sentences import measure, read_sentences, store_catalogue
from benchmarks.synthetic import make_catalogue
from mediarec.library.models import Credit, Item, Person
from recommender import registry
from recommender.chat import turns
from recommender.chat.turns import ChatAnswer
from recommender.chat.words import write_template
from recommender.types import Filters

WARM_UP = 5
PROMPTS = 500
# Sentences over the made-up genres and tags, so that refusals have something to refuse.
SHAPES = ("{0}, no {1}", "a film, not too {1}", "{0} but not {1}", "three {0} films without {1}", "anything except {1}")


def run(items: int, seed: int, requests: int) -> dict[str, Any]:
    """Works in a database of its own, which is dropped afterwards. `requests` is how many turns are timed."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        catalogue = make_catalogue(items, seed)
        labelled = read_sentences()
        timed = _time_turns(catalogue.person, [row.sentence for row in labelled[:: max(1, len(labelled) // requests)]])
        held = _check_prompts(catalogue.person, seed)
        store_catalogue()
        halves = {"tuned": False, "untouched": True}
        read = {name: asdict(measure(r for r in labelled if r.is_untouched is half)) for name, half in halves.items()}
        writer = registry.load_writer()
        return {
            "benchmark": "chat",
            "items": items,
            "seed": seed,
            "chips_and_items_ms": timed,
            "prompts": held,
            "sentences": read,
            "language_model": writer.name if writer else "none: the template answers, and first words are not timed",
            **describe_machine(),
        }
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _time_turns(person: Person, sentences: list[str]) -> dict[str, float]:
    taken = []
    for number, sentence in enumerate([*sentences[:WARM_UP], *sentences]):
        started = time.perf_counter()
        turns.answer(person.pk, uuid4(), sentence)
        if number >= WARM_UP:
            taken.append((time.perf_counter() - started) * 1000)
    return {"turns": len(taken)} | {f"p{share}": round(float(np.percentile(taken, share)), 1) for share in (50, 95, 99)}


def _check_prompts(person: Person, seed: int) -> dict[str, int]:
    """Counts what may never happen. A prompt counts once for each kind of fault."""
    random = np.random.default_rng(seed)
    words = sorted({word for genres, tags in Item.objects.values_list("genres", "tags") for word in (*genres, *tags)})
    labelled = [row.sentence for row in read_sentences()]
    faults = {"outside_the_catalogue": 0, "forbidden_slot": 0, "card_and_words_differ": 0}
    for number in range(PROMPTS):
        one, other = (str(word) for word in random.choice(words, 2, replace=False))
        sentence = labelled[number % len(labelled)] if number % 2 else SHAPES[number % len(SHAPES)].format(one, other)
        answer = turns.answer(person.pk, uuid4(), sentence)
        for fault in find_faults(answer):
            faults[fault] += 1
    return {"prompts": PROMPTS, **faults}


def find_faults(answer: ChatAnswer) -> set[str]:
    """Which promises an answer breaks: none, unless something is wrong."""
    shown = Item.objects.in_bulk(answer.turn.item_ids)
    faults = set()
    if len(shown) != len(answer.turn.item_ids):
        faults.add("outside_the_catalogue")
    if any(_breaks(item, answer.wish.filters) for item in shown.values()):
        faults.add("forbidden_slot")
    said = write_template(answer.turn, answer.wish)
    if answer.slate and answer.slate.items and answer.slate.items[0].title not in said:
        faults.add("card_and_words_differ")
    return faults


def _breaks(item: Item, filters: Filters) -> bool:
    words = {word.lower() for word in (*item.genres, *item.tags)}
    if words & set(filters.none_words) or (item.language and item.language in filters.no_languages):
        return True
    people = Credit.objects.filter(item=item, contributor__name__in=filters.no_people)
    return item.pk in filters.exclude_ids or bool(filters.no_people and people.exists())
