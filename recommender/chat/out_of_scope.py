"""Whether words that the rules made nothing of mean anything to this library. Reads the catalogue and its vectors."""

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

MOST_WORDS = 12  # looked at; a longer sentence is told by these


def is_out_of_scope(own: ParsedQuery) -> bool:
    """Whether a sentence, read by itself, holds nothing but words that no work here is told, named or meant by.

    A playlist's length and kinds say nothing of what is to be in it.
    """
    is_playlist = own.intent == Intent.PLAYLIST
    if not (is_playlist or own.intent == Intent.RECOMMEND) or not own.query or own.moods or own.seed_ids:
        return False
    filters = replace(own.filters, kinds=()) if is_playlist else own.filters
    if filters != Filters() or own.unknown_title:
        return False
    return not (own.query in OPPOSITES or _is_written(own.query) or has_near_title(own.query) or _is_meant(own.query))


def _is_written(query: str) -> bool:
    """Whether any of the words stands in a title, a name, a genre, a tag, a synopsis or a subtitle."""
    configs = fulltext.list_spoken_configs()
    everything = retrievers.SearchScope(Item.objects.filter(is_excluded=False), is_unfiltered=True)
    for word in query.split()[:MOST_WORDS]:
        question = fulltext.parse_query(word, configs)
        if retrievers.full_text(everything, question).hits or retrievers.in_transcripts(everything, question).hits:
            return True
    return False


def _is_meant(query: str) -> bool:
    """Nearer to some work than the library comes to questions that it cannot answer; no where that cannot be asked."""
    space = serving_space(Modality.TEXT)
    floor = hubness.load_statistics(space).noise_floor if space else None
    vector = read_vector_in(space, query) if space and floor is not None else None
    if space is None or floor is None or vector is None:
        return False
    return any(score >= floor for _, score in hubness.nearest_corrected(space, hubness.correct_query(space, vector), 1))
