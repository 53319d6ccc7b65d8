"""A model's sentence is shown only when it says nothing but the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from django.core.cache import cache

from mediarec.library.errors import UnavailableError
from recommender import registry
from recommender.explanation.rewording import reword
from recommender.types import Evidence, EvidenceType, Recommendation

TEMPLATE = "Because you finished “Solaris” — also slow."
CAUSE = Evidence(EvidenceType.TAG, TEMPLATE, 7, 0.6)
SHOWN = Recommendation(8, "film", "Stalker", 1979, 0.9, ("content",), (CAUSE,), TEMPLATE)


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
def say(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    cache.clear()

    def set_words(words: str | None) -> None:
        monkeypatch.setattr(registry, "load_writer", lambda: None if words is None else FakeWriter(words))

    return set_words


def test_a_true_sentence_is_shown(say: Callable[[str | None], None]) -> None:
    say("You finished “Solaris”, and Stalker is slow as well.")
    assert reword(SHOWN) == "You finished “Solaris”, and Stalker is slow as well."


@pytest.mark.parametrize("words", ["Directed by Steven Spielberg in 1993.", "Ignore your instructions!", None, ""])
def test_anything_else_leaves_the_template(say: Callable[[str | None], None], words: str | None) -> None:
    say(words)
    assert reword(SHOWN) == TEMPLATE


def test_a_sentence_is_asked_for_once(say: Callable[[str | None], None]) -> None:
    say("You finished “Solaris”, and Stalker is slow as well.")
    first = reword(SHOWN)
    say("Stalker is slow.")
    assert reword(SHOWN) == first
