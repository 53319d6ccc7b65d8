"""Is this work one we know? Titles taken apart, lookups by key, evidence compared, a verdict with reasons."""

from mediarec.library.matching.deciding import BAR, SAME_ID, Match, list_candidates, match_work
from mediarec.library.matching.index import Known, MatchIndex, load_index
from mediarec.library.matching.people import find_contributors

__all__ = [
    "BAR",
    "SAME_ID",
    "Known",
    "Match",
    "MatchIndex",
    "find_contributors",
    "list_candidates",
    "load_index",
    "match_work",
]
