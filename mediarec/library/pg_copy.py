"""Lines of COPY's text format. Asking psycopg to write each value takes longer than all the rest of an import."""

from __future__ import annotations

from collections.abc import Iterable

NULL = "\\N"


def write_text(text: str) -> str:
    """A text of any length; it holds no NUL and no lone surrogates."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if text.isprintable():
        return text
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def write_number(number: float | None) -> str:
    return NULL if number is None else repr(number)


def write_array(texts: Iterable[str]) -> str:
    """A text[]; within it quotes and backslashes have a backslash of their own before them."""
    quoted = ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts]
    return write_text("{" + ",".join(quoted) + "}")
