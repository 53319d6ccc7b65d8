"""Values in COPY's text format. Letting psycopg write each value takes longer than the rest of an import."""

from __future__ import annotations

from collections.abc import Iterable

NULL = "\\N"


def write_text(text: str) -> str:
    """Escapes a text, which must not contain NUL or lone surrogates."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if text.isprintable():
        return text
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def write_number(number: float | None) -> str:
    return NULL if number is None else repr(number)


def write_array(texts: Iterable[str]) -> str:
    """A text[] literal: quotes and backslashes are escaped once for the array and again for COPY."""
    quoted = ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts]
    return write_text("{" + ",".join(quoted) + "}")
