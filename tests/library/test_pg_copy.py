"""What is written as lines of COPY is read back by PostgreSQL as it was."""

from __future__ import annotations

import pytest
from django.db import connection

from mediarec.library.pg_copy import write_array, write_number, write_text

ODD = (
    "plain",
    "",
    'a "quoted" word',
    "back\\slash",
    "a\ttab",
    "two\nlines",
    "a\rreturn",
    "\\N",
    "{braces,commas}",
    "Ä 七",
)


@pytest.mark.django_db
def test_texts_arrays_and_numbers_come_back_as_they_were() -> None:
    numbers = (None, 3, 0.25)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE copied (said text, many text[], number float8) ON COMMIT DROP")
        with cursor.copy("COPY copied FROM STDIN") as copy:
            for place, text in enumerate(ODD):
                cells = write_text(text), write_array([text, *ODD]), write_number(numbers[place % 3])
                copy.write("\t".join(cells) + "\n")
        cursor.execute("SELECT said, many, number FROM copied")
        rows = cursor.fetchall()
    assert rows == [(text, [text, *ODD], numbers[place % 3]) for place, text in enumerate(ODD)]
