"""CLIP's words as numbers, from the vocabulary in open_clip's package, without importing it: that would load torch."""

from __future__ import annotations

import gzip
import html
import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mediarec.library.errors import UnavailableError

VOCABULARY = "bpe_simple_vocab_16e6.txt.gz"
MERGES = 49_152 - 256 - 2  # what the published vocabulary counts
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
Tokenize = Callable[[str], NDArray[np.int64]]


@lru_cache(maxsize=4)
def load_tokenizer(length: int) -> Tokenize:
    """Words to (length,) numbers: start, pieces, end, zeros. Raises UnavailableError without open_clip's files."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    merges = [_cut(line) for line in _read_vocabulary()[1 : MERGES + 1]]
    letters = _list_byte_letters()
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(merge) for merge in merges)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    start, end = len(pieces), len(pieces) + 1
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )

    def tokenize(text: str) -> NDArray[np.int64]:
        clean = " ".join(html.unescape(html.unescape(text)).lower().split())
        ids = [start, *tokenizer.encode(clean).ids[: length - 2], end]
        numbers = np.zeros(length, dtype=np.int64)
        numbers[: len(ids)] = ids
        return numbers

    return tokenize


def _cut(line: str) -> tuple[str, str]:
    first, second = line.split()
    return first, second


def _read_vocabulary() -> list[str]:
    spec = importlib.util.find_spec("open_clip")  # found, not imported
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / VOCABULARY
        if path.is_file():
            return gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    raise UnavailableError("CLIP's vocabulary is missing: open_clip is not installed.")


def _list_byte_letters() -> list[str]:
    """One visible letter per byte, in the order the vocabulary was made in."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return [*map(chr, visible), *(chr(256 + place) for place in range(len(hidden)))]
