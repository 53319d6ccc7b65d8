"""The chat with a large synthetic library: latency of chips and items, broken invariants, queries read."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import connection

from benchmarks.environment import describe_machine
from benchmarks.language_model import open_writer
from benchmarks.sentences import measure, read_sentences, store_catalogue
from benchmarks.synthetic import make_catalogue
from mediarec.library.models import Credit, Item, Person
from recommender.chat import turns
from recommender.chat.responses import ask_writer, write_template
from recommender.chat.turns import ChatAnswer
from recommender.llm.protocol import TextGenerator
from recommender.types import Filters
from worker.child_process import prepare_child

logger = logging.getLogger(__name__)
WARM_UP = 5
WORDED, WORDED_CROWDED = 15, 6  # turns that wait for the language model, up to 20 seconds each
BACKGROUND = 12  # the niceness of the worker that runs models
TITLE = re.compile(r"\bWork \d+\b")  # matches every synthetic title
PROMPTS = 500
OPEN_SENTENCES = ("something wistful", "a bittersweet film", "songs for brooding", "an outrageous film", "zesty music")
# Sentences with the synthetic genres and tags, so that refusals exclude something.
SHAPES = ("{0}, no {1}", "a film, not too {1}", "{0} but not {1}", "three {0} films without {1}", "anything except {1}")


def run(items: int, seed: int, requests: int) -> dict[str, Any]:
    """Uses a temporary database. `requests` is the number of timed turns."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        catalogue = make_catalogue(items, seed)
        labelled = read_sentences()
        sentences = [row.sentence for row in labelled[:: max(1, len(labelled) // requests)]]
        logger.info("%s items are there; %s turns are timed", items, len(sentences))
        timed = _time_turns(catalogue.person, sentences)
        with keep_busy():
            crowded = _time_turns(catalogue.person, sentences)
        logger.info("without a language model, p95 is %s ms, beside another job %s ms", timed["p95"], crowded["p95"])
        worded = _time_words(catalogue.person, sentences[:WORDED])
        held = _check_prompts(catalogue.person, seed)
        logger.info("%s prompts are checked: %s", PROMPTS, held)
        store_catalogue()
        halves = {"tuned": False, "untouched": True}
        read = {name: asdict(measure(r for r in labelled if r.is_untouched is half)) for name, half in halves.items()}
        return {
            "benchmark": "chat",
            "items": items,
            "seed": seed,
            "chips_and_items_ms": timed,
            "chips_and_items_beside_another_job_ms": crowded,
            "words": worded,
            "prompts": held,
            "sentences": read,
            **describe_machine(),
        }
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _time_turns(person: Person, sentences: list[str]) -> dict[str, float]:
    """CPU time is that of this process only, without the database, and unaffected by other load."""
    taken, processor = [], []
    for number, sentence in enumerate([*sentences[:WARM_UP], *sentences]):
        started, worked = time.perf_counter(), time.process_time()
        turns.answer(person.pk, uuid4(), sentence)
        if number >= WARM_UP:
            taken.append((time.perf_counter() - started) * 1000)
            processor.append((time.process_time() - worked) * 1000)
    return _summarise(taken) | {"processor_p50": round(float(np.percentile(processor, 50)), 1)}


def _summarise(taken: list[float]) -> dict[str, float]:
    return {"turns": len(taken)} | {f"p{share}": round(float(np.percentile(taken, share)), 1) for share in (50, 95, 99)}


@contextmanager
def keep_busy() -> Iterator[None]:
    """Background load: one busy process per core, with the session and niceness of the worker's jobs."""
    spin = [sys.executable, "-c", "while True: pass"]
    lower = partial(prepare_child, BACKGROUND)
    busy = [subprocess.Popen(spin, start_new_session=True, preexec_fn=lower) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def _time_words(person: Person, sentences: list[str]) -> dict[str, Any]:
    """Latency from sending to the first word of a language model's answer, which is checked before it is shown.

    The packaged model is measured too, although the chat does not use it and sends a template with the items.
    """
    with open_writer() as writer:
        if writer is None:
            return {"language_model": "none: the template answers, and its words come with the items"}
        alone, shares = _time_first_words(person, sentences, writer)
        hints = _time_hints(person)
        logger.info("first words come after %s ms (p50)", alone["p50"])
        with keep_busy():
            crowded, _ = _time_first_words(person, sentences[:WORDED_CROWDED], writer)
    return {
        "language_model": writer.name,
        "first_word_ms": alone,
        "first_word_beside_another_job_ms": crowded,
        "worded_by_it": shares["worded"],
        "named_another_title": shares["astray"],
        "guesses_about_open_words_ms": hints,
    }


def _time_first_words(
    person: Person, sentences: list[str], writer: TextGenerator
) -> tuple[dict[str, float], dict[str, float]]:
    taken, worded, astray = [], [], 0
    for sentence in sentences:
        started = time.perf_counter()
        answer = turns.answer(person.pk, uuid4(), sentence)
        text = ask_writer(answer.turn, writer) if answer.turn.item_ids else ""
        taken.append((time.perf_counter() - started) * 1000)
        worded.append(bool(text))
        astray += bool(set(TITLE.findall(text)) - set(_list_titles(answer)))
    return _summarise(taken), {"worded": round(float(np.mean(worded)), 3), "astray": astray}


def _time_hints(person: Person) -> dict[str, float]:
    """Latency of the model's slot filling for open words; it runs after the answer, with a timeout of seconds."""
    taken, offered = [], 0
    for sentence in OPEN_SENTENCES:
        turn = turns.answer(person.pk, uuid4(), sentence).turn
        started = time.perf_counter()
        offered += bool(turns.list_guesses(person.pk, turn.pk))
        taken.append((time.perf_counter() - started) * 1000)
    return _summarise(taken) | {"offered": offered}


def _list_titles(answer: ChatAnswer) -> list[str]:
    return list(Item.objects.filter(pk__in=answer.turn.item_ids).values_list("title", flat=True))


def _check_prompts(person: Person, seed: int) -> dict[str, int]:
    """Counts broken invariants. A prompt counts once per kind of fault."""
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
    """The invariants that an answer breaks; none if everything is right."""
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
