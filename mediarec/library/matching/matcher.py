"""Is this work one we know? Ids first, then what agrees. A false split beats a false merge."""

from __future__ import annotations

from dataclasses import dataclass

from mediarec.library.importers.base import ParsedWork
from mediarec.library.matching.comparison import compare_works
from mediarec.library.matching.evidence import Evidence
from mediarec.library.matching.index import IndexedWork, MatchIndex
from mediarec.library.models import Kind

ACCEPT_THRESHOLD = 0.8  # below it a person decides
SAME_ID = 1.0
CONFLICT = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """`item_id` None: not known. `needs_look` when candidates are too close to call. `reason` says why."""

    item_id: int | None = None
    confidence: float = 0.0
    reason: str = ""
    needs_look: bool = False


def match_work(work: ParsedWork, index: MatchIndex) -> Match:
    """The best known item, how sure that is, and why."""
    if by_id := _match_id(work, index):
        return by_id
    found = list_candidates(work, index)
    if not found:
        return Match(reason="nothing like it is known")
    known, evidence = found[0]
    equal = sum(other.confidence == evidence.confidence for _, other in found)
    if equal > 1 and work.kind != Kind.TRACK:  # of one recording that is here twice, the first is as good
        return Match(None, evidence.confidence / 2, f"{equal} known items fit equally well", needs_look=True)
    return Match(
        known.item_id, evidence.confidence, evidence.sentence, needs_look=evidence.confidence < ACCEPT_THRESHOLD
    )


def list_candidates(work: ParsedWork, index: MatchIndex) -> list[tuple[IndexedWork, Evidence]]:
    """Known items that may be this work, the surest first. One that the same catalogue calls otherwise is none."""
    alike = [known for known in index.find(work) if not find_conflict(work, index, known.item_id)]
    compared = [(known, compare_works(work, known.work)) for known in alike]
    likely = [(known, evidence) for known, evidence in compared if evidence.confidence > 0]
    return sorted(likely, key=lambda one: (-one[1].confidence, one[0].item_id < 0, abs(one[0].item_id)))


def find_conflict(work: ParsedWork, index: MatchIndex, item_id: int) -> str:
    """The catalogue that gives the work and the item two different ids, or nothing."""
    known = index.ids.get(item_id, {})
    return next((name for name, value in work.ids.items() if known.get(name, value) != value), "")


def _match_id(work: ParsedWork, index: MatchIndex) -> Match | None:
    named = {index.by_id[pair]: pair[0] for pair in work.ids.items() if pair in index.by_id}
    named = {item_id: namespace for item_id, namespace in named.items() if index.kinds.get(item_id) == work.kind}
    if len(named) > 1:
        return Match(None, CONFLICT, f"its ids name {len(named)} known items", needs_look=True)
    for item_id, namespace in named.items():
        if against := find_conflict(work, index, item_id):
            reason = f"the same {namespace} id, but another {against} id"
            return Match(item_id, CONFLICT, reason, needs_look=True)
        return Match(item_id, SAME_ID, f"the same {namespace} id")
    return None
