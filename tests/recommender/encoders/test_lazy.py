"""What is loaded on first use is loaded once, and says in a sentence why it cannot be."""

from __future__ import annotations

import pytest

from mediarec.library.errors import NotLoadedError, UnavailableError
from recommender.encoders.lazy import LazyModel


def test_it_is_loaded_once_and_again_after_it_was_given_back() -> None:
    calls: list[int] = []

    def load() -> int:
        calls.append(1)
        return len(calls)

    kept = LazyModel("eyes", load)
    assert (kept.load(), kept.load()) == (1, 1)
    kept.unload()
    assert kept.load() == 2


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            ImportError("libxcb.so.1: cannot open shared object file: No"),
            "eyes cannot be loaded: libxcb.so.1 is missing",
        ),
        (FileNotFoundError(2, "No such file or directory", "eyes.onnx"), "No such file or directory: 'eyes.onnx'"),
        (UnavailableError("The weights of the eyes are torn."), "The weights of the eyes are torn."),
    ],
)
def test_what_cannot_be_loaded_is_named_and_tried_again(error: Exception, sentence: str) -> None:
    errors = [error]

    def load() -> str:
        if errors:
            raise errors.pop()
        return "seeing"

    kept = LazyModel("eyes", load)
    with pytest.raises(NotLoadedError) as caught:
        kept.load()
    assert caught.value.part == "eyes"
    assert sentence in str(caught.value)
    assert kept.load() == "seeing"
