"""Item look-up, title normalisation, and the SQL of the full-text column."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from django.db import connection

from mediarec.library.artwork import artwork_path, store_artwork
from mediarec.library.errors import NotFoundError
from mediarec.library.languages import CONFIGS, SIMPLE
from mediarec.library.models import Item

__all__ = ["artwork_path", "find_item", "normalise_title", "refresh_search", "store_artwork"]

ARTICLE_END = re.compile(r"^(?P<title>.+), (?P<article>the|a|an|le|la|les|der|die|das|il|el)$")
NOT_WORD = re.compile(r"[^\w]+", re.UNICODE)
# SQL for the text-search configuration of a row's language. Built from constants only, no user input.
ROW_CONFIG = (
    "(CASE lower(left(item.language, 2)) "
    + " ".join(f"WHEN '{code}' THEN '{config}'" for code, config in CONFIGS.items())
    + f" ELSE '{SIMPLE}' END)::regconfig"
)
# Names are indexed unstemmed ("simple") and without accents, prose by its English stems and by those of its own
# language. `item` is the row; bulk imports substitute a row source with these columns and `names`.
SEARCH_WITH_NAMES = f"""
    setweight(to_tsvector('simple', item.title || ' ' || item.original_title || ' ' || item.title_key), 'A')
    || setweight(to_tsvector('simple', %(names)s), 'B')
    || setweight(to_tsvector('english',
        array_to_string(item.genres, ' ') || ' ' || array_to_string(item.tags, ' ')), 'C')
    || setweight(to_tsvector('english', item.synopsis), 'D')
    || setweight(to_tsvector({ROW_CONFIG}, item.title || ' ' || item.original_title), 'D')
    || setweight(to_tsvector({ROW_CONFIG}, item.synopsis), 'D')
"""
CREDITED_NAMES = """coalesce((
    SELECT string_agg(contributor.name || ' ' || contributor.name_key, ' ')
    FROM library_credit AS credit JOIN library_contributor AS contributor ON contributor.id = credit.contributor_id
    WHERE credit.item_id = item.id), '')"""
SEARCH_SQL = SEARCH_WITH_NAMES.replace("%(names)s", CREDITED_NAMES)


@lru_cache(maxsize=16_384)  # imports repeat the same artists and albums
def normalise_title(text: str) -> str:
    """The matching key of a title: without case, accents and punctuation, "Matrix, The" as "the matrix"."""
    key = text.casefold()
    if not key.isascii():
        key = "".join(letter for letter in unicodedata.normalize("NFKD", key) if not unicodedata.combining(letter))
    key = key.replace("&", " and ").replace("'", "").replace("’", "")
    if match := ARTICLE_END.match(key.strip()):
        key = f"{match['article']} {match['title']}"
    words = NOT_WORD.sub(" ", key).replace("_", " ").split()
    return " ".join(words) or key.strip()


def find_item(item_id: int) -> Item:
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        raise NotFoundError(f"There is no item number {item_id}.")
    return item


def refresh_search(item_ids: Sequence[int]) -> None:
    """Rebuilds the full-text column. Weights: A titles, B people, C labels, D synopsis."""
    if not item_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE library_item AS item SET search = {SEARCH_SQL} WHERE item.id = ANY(%s)",  # noqa: S608 - our constants
            [list(item_ids)],
        )
