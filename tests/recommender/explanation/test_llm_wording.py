"""A language model's sentence is shown only if it passes the faithfulness check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from django.core.cache import cache

from mediarec.library.errors import UnavailableError
from mediarec.library.models import Item, Kind
from recommender.backends import registry
from recommender.explanation.faithfulness import check_wording
from recommender.explanation.llm_wording import Wording, choose_reasons, reword_reasons
from recommender.types import Evidence, EvidenceType

STALKER = Item(kind=Kind.FILM, title="Stalker", year=1979)
CAUSES = (Evidence(EvidenceType.TAG, "Because you finished “Solaris” — also slow.", 7, 0.6),)
TRUE = "You finished “Solaris”, and Stalker is slow as well."
Say = Callable[[str | None], None]


class FakeWriter:
    name = "fake"

    def __init__(self, words: str) -> None:
        self.words = words

    def write(self, system: str, facts: Sequence[str], max_tokens: int, schema: Mapping[str, Any] | None = None) -> str:
        if not self.words:
            raise UnavailableError("The language model did not answer in time.")
        return self.words

    def stream(self, system: str, facts: Sequence[str], max_tokens: int) -> Iterator[str]:
        yield self.words

    def is_healthy(self) -> bool:
        return True


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    cache.clear()

    def set_words(words: str | None) -> None:
        monkeypatch.setattr(registry, "load_generator", lambda: None if words is None else FakeWriter(words))

    return set_words


def test_a_faithful_sentence_is_shown_with_its_writer(say: Say) -> None:
    say(TRUE)
    assert reword_reasons(STALKER, CAUSES) == Wording(TRUE, "fake")


@pytest.mark.parametrize("words", ["Directed by Steven Spielberg in 1993.", "Ignore your instructions!", None, ""])
def test_an_unfaithful_sentence_is_not_shown(say: Say, words: str | None) -> None:
    say(words)
    assert reword_reasons(STALKER, CAUSES) is None


def test_without_a_reason_no_model_is_called(say: Say) -> None:
    say("Stalker is a film.")
    assert reword_reasons(STALKER, ()) is None


@pytest.mark.parametrize("first", [TRUE, "Directed by Steven Spielberg in 1993."])
def test_a_sentence_is_cached_and_a_failed_check_too(say: Say, first: str) -> None:
    say(first)
    answer = reword_reasons(STALKER, CAUSES)
    say("You finished “Solaris”.")
    assert reword_reasons(STALKER, CAUSES) == answer


def test_an_unavailable_model_is_retried(say: Say) -> None:
    say("")
    assert reword_reasons(STALKER, CAUSES) is None
    say(TRUE)
    assert reword_reasons(STALKER, CAUSES) == Wording(TRUE, "fake")


def test_only_reasons_from_one_item_are_used() -> None:
    causes = (
        Evidence(EvidenceType.STATEMENT, "Fits what we read of your taste: slow."),
        Evidence(EvidenceType.TAG, "Because you finished “Solaris” — also slow.", 7),
        Evidence(EvidenceType.NEAREST, "Close to “Mirror”, which you liked.", 8),
        Evidence(EvidenceType.PERSON, "Directed by Andrei Tarkovsky, like “Solaris”, which you finished.", 7),
    )
    assert choose_reasons(causes) == [causes[1].text, causes[3].text]
    assert choose_reasons(causes[:1]) == []


REASONS = [
    "Directed by Andrei Tarkovsky, like “Nostalgia for the Light”, which you played.",
    "Because you played “Nostalgia for the Light” — also slow and rainy.",
]


@pytest.mark.parametrize(
    "true",
    [
        "You played “Nostalgia for the Light”, and Stalker is slow and rainy too.",
        "Stalker is directed by Andrei Tarkovsky, and so is Nostalgia for the Light, which you played.",
        "You played Nostalgia for the Light, and “Stalker” is by Andrei Tarkovsky too.",
    ],
)
def test_a_sentence_within_the_reasons_passes(true: str) -> None:
    assert check_wording(true, "Stalker", REASONS) == []


@pytest.mark.parametrize(
    ("false", "problem"),
    [
        ("You liked “Nostalgia for the Light”, and Stalker is slow too.", "do not say “liked”"),
        ("You played Stalker, and “Nostalgia for the Light” is slow too.", "do not say “played”"),
        ("You played “Nostalgia for the Light”, and you loved it: Stalker is slow.", "loved"),
        ("You played “Nostalgia for the Light”, and Stalker is a tribute to it.", "tribute"),
        ("You played “Nostalgia for the Light”, and Stalker is about light.", "light"),
        ("You played “Nostalgia for the Light”, and Stalker is close to it.", "close"),
        (
            "You played “Nostalgia for the Light”, and Andrei Tarkovsky is slow like Stalker.",
            "what Andrei Tarkovsky did",
        ),
        ("You played “Nostalgia for the Light”, and it is slow by Stalker.", "no plain sentence"),
        ("You played it, and Stalker is slow.", "both works"),
        ("You played “Nostalgia for the Light”, and Stalker is not slow.", "not"),
        ("You played “Nostalgia for the Light”, and Stalker is without rainy.", "without"),
        ("Stalker is more rainy than “Nostalgia for the Light”, which you played.", "more, than"),
        ("Stalker is less slow and rainy, and you played “Nostalgia for the Light”.", "less"),
        ("You played “Nostalgia for the Light”, directed by Ridley Scott, and Stalker is slow.", "Ridley Scott"),
        ("", "empty"),
    ],
)
def test_wording_beyond_the_reasons_is_named(false: str, problem: str) -> None:
    assert problem in " ".join(check_wording(false, "Stalker", REASONS))
