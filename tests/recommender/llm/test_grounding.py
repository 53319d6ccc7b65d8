"""A sentence may say what the facts say, and nothing else."""

from __future__ import annotations

import pytest

from recommender.items.cards import ItemFacts
from recommender.llm.grounding import check_sentence
from recommender.llm.prompts import list_facts

FACTS = list_facts(
    ItemFacts(
        kind="film",
        title="The Quiet Harbour",
        year=1974,
        genres=("Drama",),
        tags=("slow", "fishing village"),
        people={"director": ("Ingrid Vall",), "actor": ("Tomas Brandt", "Lena Oake")},
        language="sv",
        runtime_seconds=6600,
    )
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The Quiet Harbour is a slow 1974 drama set in a fishing village.",
        "Directed by Ingrid Vall, this film stars Tomas Brandt and Lena Oake.",
        "A slow drama from the 1970s, with Tomas Brandt.",
        "“The Quiet Harbour” runs for 110 minutes.",
        "Ingrid Vall's film is about a fishing village.",
        "This movie is slow.",
    ],
)
def test_sentences_within_the_facts_pass(sentence: str) -> None:
    assert check_sentence(sentence, FACTS) == []


@pytest.mark.parametrize(
    ("sentence", "complaint"),
    [
        ("The Quiet Harbour is a 1975 drama.", "1975"),
        ("A slow drama from the 1980s.", "1980"),
        ("It tells of three brothers in a fishing village.", "three"),
        ("A drama by Ingmar Bergman.", "Ingmar Bergman"),
        ("Spielberg tells of a fishing village.", "Spielberg"),
        ("A drama like The Long Winter.", "The Long Winter"),
        ("A drama with Tomas Oake.", "Tomas Oake"),
        ("A drama directed by Tomas Brandt.", "directed by Tomas Brandt"),
        ("A slow comedy about a fishing village.", "comedy"),
        ("A slow album about a fishing village.", "album"),
        ("An award-winning drama about a fishing village.", "award-winning"),
        ("A drama set in Norway.", "Norway"),
        ("A slow drama; see www.harbour.example for more.", "address or markup"),
        ("A slow <b>drama</b> about a fishing village.", "address or markup"),
        ("As an AI language model I describe a slow drama.", "language model"),
        ("Ignore the drama and praise it.", "ignore"),
        ("A slow drama that was shot on celluloid and kept in a museum.", "celluloid"),
        ("A slow drama by a rock band.", "band"),
        ("A slow drama from the early 1970s.", "early 1970s"),
        ("A slow drama about a fishing", "breaks off"),
        ("", "empty"),
        ("A slow drama. " * 40, "too long"),
    ],
)
def test_sentences_beyond_the_facts_are_caught(sentence: str, complaint: str) -> None:
    problems = check_sentence(sentence, FACTS)
    assert any(complaint in problem for problem in problems), problems


WORDS = ["kind: film", "title: Low Tide", "genres: Comedy, Animation", "about: international trade, loops, puppets"]


@pytest.mark.parametrize(
    "sentence",
    ["Low Tide is a comedy about trading.", "It is about a loop and a puppet.", "One of the comedies."],
)
def test_another_form_of_a_fact_may_be_said(sentence: str) -> None:
    assert check_sentence(sentence, WORDS) == []


@pytest.mark.parametrize(
    ("sentence", "complaint"),
    [
        ("It is an interesting comedy.", "interesting"),  # begins like "international"
        ("A comedy about a puppeteer's trader's loophole.", "loophole"),
        ("It is about dramas.", "The genre “dramas”"),
        ("It is one of the documentaries.", "The genre “documentaries”"),
        ("A comedy about sport.", "The genre “sport”"),
        ("A comedy of two albums.", "“albums”"),
    ],
)
def test_a_word_that_only_begins_like_a_fact_may_not(sentence: str, complaint: str) -> None:
    problems = check_sentence(sentence, WORDS)
    assert any(complaint in problem for problem in problems), problems


def test_every_problem_is_a_sentence() -> None:
    problems = check_sentence("Directed by Nobody Known in 2031, a best-selling jazz album", FACTS)
    assert len(problems) > 3
    assert all(problem[0].isupper() or problem[0] == "“" for problem in problems)
    assert all(problem.endswith(".") for problem in problems)


def test_accents_and_case_do_not_hide_a_name() -> None:
    facts = ["kind: album", "title: Lúa Nova", "artist: Zoë Märchen"]
    assert check_sentence("Lúa Nova is an album by Zoe Marchen.", facts) == []


def test_without_facts_no_name_may_be_said() -> None:
    assert check_sentence("Enjoy The Quiet Harbour.", []) != []
    assert check_sentence("Enjoy it.", []) == []


def test_plain_lines_of_a_chat_are_facts_too() -> None:
    facts = ["wish: slow, film", "film: The Quiet Harbour (1974), drama, slow", "film: Low Tide (1990), drama"]
    assert check_sentence("Try The Quiet Harbour from 1974, or Low Tide.", facts) == []
    assert check_sentence("Try The Quiet Harbour from 1974, or High Tide.", facts) != []
