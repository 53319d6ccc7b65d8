"""Out-of-scope detection: does a query that no slot explains match anything in the library, by text or by vector?"""

from dataclasses import replace

from mediarec.library.models import Item
from recommender.chat.entity_linking import has_near_title
from recommender.chat.parsed_query import Intent, ParsedQuery
from recommender.language.comparisons import OPPOSITES
from recommender.models import Modality
from recommender.retrieval.content import read_vector_in
from recommender.search import fulltext, hubness, retrievers
from recommender.types import Filters
from recommender.vectors.spaces import serving_space

MOST_WORDS = 12  # checked; the rest of a longer sentence is ignored


def is_out_of_scope(own: ParsedQuery) -> bool:
    """Whether a sentence on its own sets no slot, and its words match no title, text or vector of the library.

    A playlist's length and kinds do not count as slots: they say nothing about its content.
    """
    is_playlist = own.intent == Intent.PLAYLIST
    if not (is_playlist or own.intent == Intent.RECOMMEND) or not own.query or own.moods or own.seed_ids:
        return False
    filters = replace(own.filters, kinds=()) if is_playlist else own.filters
    if filters != Filters() or own.unknown_title:
        return False
    return not (
        own.query in OPPOSITES
        or _occurs_in_text(own.query)
        or has_near_title(own.query)
        or _is_near_by_meaning(own.query)
    )


def _occurs_in_text(query: str) -> bool:
    """Whether any word occurs in a title, name, label, synopsis or transcript."""
    configs = fulltext.list_spoken_configs()
    search_scope = retrievers.SearchScope(Item.objects.filter(is_excluded=False), is_unfiltered=True)
    for word in query.split()[:MOST_WORDS]:
        text_query = fulltext.parse_query(word, configs)
        if (
            retrievers.full_text(search_scope, text_query).hits
            or retrievers.in_transcripts(search_scope, text_query).hits
        ):
            return True
    return False


def _is_near_by_meaning(query: str) -> bool:
    """Whether some item is above the noise floor (the similarity of unanswerable queries); False without vectors."""
    space = serving_space(Modality.TEXT)
    floor = hubness.load_statistics(space).noise_floor if space else None
    vector = read_vector_in(space, query) if space and floor is not None else None
    if space is None or floor is None or vector is None:
        return False
    return any(score >= floor for _, score in hubness.nearest_corrected(space, hubness.correct_query(space, vector), 1))
