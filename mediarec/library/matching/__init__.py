"""Is this work one we know? Titles taken apart, lookups by key, evidence compared, a verdict with reasons."""

from mediarec.library.matching.contributors import find_contributors
from mediarec.library.matching.index import IndexedWork, MatchIndex, load_index
from mediarec.library.matching.matcher import ACCEPT_THRESHOLD, SAME_ID, Match, list_candidates, match_work

__all__ = [
    "ACCEPT_THRESHOLD",
    "SAME_ID",
    "IndexedWork",
    "Match",
    "MatchIndex",
    "find_contributors",
    "list_candidates",
    "load_index",
    "match_work",
]
