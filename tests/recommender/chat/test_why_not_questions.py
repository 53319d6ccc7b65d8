"""Asking the chat why something is there, and why something is not."""

from uuid import uuid4

from mediarec.library.models import Person
from recommender.chat.responses import write_template
from recommender.chat.turns import answer
from recommender.taste import steering
from recommender.types import Filters


def ask(person: Person, *sentences: str) -> str:
    thread = uuid4()
    for sentence in sentences:
        answered = answer(person.pk, thread, sentence)
    return write_template(answered.turn, answered.wish)


def test_why_not_names_what_was_done_with_it(ana: Person) -> None:
    assert ask(ana, "why not Slow Film 2?") == (
        "Slow Film 2 (1968): You finished it on 3 January 2025; what is offered is new to you."
    )


def test_why_not_names_the_rule(ana: Person) -> None:
    steering.add_rule(ana.pk, "no more chases", "", Filters(none_words=("chase",)))
    assert "Your rule “no more chases” leaves it out." in ask(ana, "a film", "why isn't Fast Film 9 on my list?")


def test_why_still_says_what_speaks_for_it(ana: Person) -> None:
    said = ask(ana, "a film", "why the first one?")
    assert "slow" in said.lower()
    assert "place" not in said
