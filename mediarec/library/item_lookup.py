"""Finding and storing works. The one place where an item row is made, so keys and search never go stale."""

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
# The text-search configuration of a row's language, as SQL: constants of ours, nothing of a person's.
ROW_CONFIG = (
    "(CASE lower(left(item.language, 2)) "
    + " ".join(f"WHEN '{code}' THEN '{config}'" for code, config in CONFIGS.items())
    + f" ELSE '{SIMPLE}' END)::regconfig"
)
# Names are indexed as they stand ("simple") and without accents, prose by its English stems and by those of its own
# language. `item` is the row; where rows are made by the thousand it may be any with these columns and `names`.
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


@lru_cache(maxsize=16_384)  # an import asks for the same artists and albums again and again
def normalise_title(text: str) -> str:
    """What two spellings of one title have in common: case, accents, punctuation and "Matrix, The" do not count."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    plain = plain.replace("&", " and ").replace("'", "").replace("’", "")
    if moved := ARTICLE_END.match(plain.strip()):
        plain = f"{moved['article']} {moved['title']}"
    words = NOT_WORD.sub(" ", plain).replace("_", " ").split()
    return " ".join(words) or plain.strip()


def find_item(item_id: int) -> Item:
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        raise NotFoundError(f"There is no item number {item_id}.")
    return item


def refresh_search(item_ids: Sequence[int]) -> None:
    """Rebuilds the full-text column: titles first, then people, then genres and tags, then the synopsis."""
    if not item_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE library_item AS item SET search = {SEARCH_SQL} WHERE item.id = ANY(%s)",  # noqa: S608 - our constants
            [list(item_ids)],
        )
