"""CLIP's byte-pair tokenizer, built from the vocabulary in open_clip's package without importing it, which would load
torch.
"""

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
MERGES = 49_152 - 256 - 2  # the merges that belong to the published vocabulary
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
Tokenize = Callable[[str], NDArray[np.int64]]


@lru_cache(maxsize=4)
def load_tokenizer(length: int) -> Tokenize:
    """A function from text to (length,) int64 token ids: start, tokens, end, zero padding.

    Raises UnavailableError where open_clip's files are missing.
    """
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    merges = [_split_merge(line) for line in _read_vocabulary()[1 : MERGES + 1]]
    byte_letters = _list_byte_letters()
    tokens = [*byte_letters, *(f"{letter}</w>" for letter in byte_letters), *("".join(merge) for merge in merges)]
    vocabulary = {token: token_id for token_id, token in enumerate(tokens)}
    start, end = len(tokens), len(tokens) + 1
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
        padded = np.zeros(length, dtype=np.int64)
        padded[: len(ids)] = ids
        return padded

    return tokenize


def _split_merge(line: str) -> tuple[str, str]:
    first, second = line.split()
    return first, second


def _read_vocabulary() -> list[str]:
    spec = importlib.util.find_spec("open_clip")  # located, not imported
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / VOCABULARY
        if path.is_file():
            return gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    raise UnavailableError("CLIP's vocabulary is missing: open_clip is not installed.")


def _list_byte_letters() -> list[str]:
    """One printable character per byte, in the vocabulary's order (the byte-to-unicode table of GPT-2)."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return [*map(chr, visible), *(chr(256 + index) for index in range(len(hidden)))]
