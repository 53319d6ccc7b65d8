"""Is this work one we know? Titles taken apart, lookups by key, evidence compared, a verdict with reasons."""

from mediarec.library.matching.contributors import find_contributors
from mediarec.library.matching.index import Known, MatchIndex, load_index
from mediarec.library.matching.matcher import BAR, SAME_ID, Match, list_candidates, match_work

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
