"""Record linkage: is a parsed work an item of the library? Blocking by title keys, comparison, a scored decision.

Fellegi and Sunter, "A Theory for Record Linkage", JASA 1969, with hand-set confidences instead of learned weights.
"""

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
