"""Decides whether a work is a known item: by ids, then by evidence. A false split is better than a false merge."""

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
    """A match decision. `item_id` is None for an unknown work; `needs_look` asks for review by a person."""

    item_id: int | None = None
    confidence: float = 0.0
    reason: str = ""
    needs_review: bool = False


def match_work(work: ParsedWork, index: MatchIndex) -> Match:
    """The best known item with confidence and reason."""
    if by_id := _match_id(work, index):
        return by_id
    candidates = list_candidates(work, index)
    if not candidates:
        return Match(reason="no similar item is known")
    known, evidence = candidates[0]
    ties = sum(other.confidence == evidence.confidence for _, other in candidates)
    if ties > 1 and work.kind != Kind.TRACK:  # a recording may exist twice; then the first is as good
        return Match(None, evidence.confidence / 2, f"{ties} known items fit equally well", needs_review=True)
    return Match(
        known.item_id, evidence.confidence, evidence.sentence, needs_review=evidence.confidence < ACCEPT_THRESHOLD
    )


def list_candidates(work: ParsedWork, index: MatchIndex) -> list[tuple[IndexedWork, Evidence]]:
    """Known items that may be this work, by descending confidence, without items whose ids conflict."""
    similar = [known for known in index.find(work) if not find_conflict(work, index, known.item_id)]
    compared = [(known, compare_works(work, known.work)) for known in similar]
    likely = [(known, evidence) for known, evidence in compared if evidence.confidence > 0]
    return sorted(likely, key=lambda pair: (-pair[1].confidence, pair[0].item_id < 0, abs(pair[0].item_id)))


def find_conflict(work: ParsedWork, index: MatchIndex, item_id: int) -> str:
    """The namespace in which the work and the item have different ids, or an empty string."""
    known = index.ids.get(item_id, {})
    return next((name for name, value in work.ids.items() if known.get(name, value) != value), "")


def _match_id(work: ParsedWork, index: MatchIndex) -> Match | None:
    namespaces = {index.by_id[pair]: pair[0] for pair in work.ids.items() if pair in index.by_id}
    namespaces = {
        item_id: namespace for item_id, namespace in namespaces.items() if index.kinds.get(item_id) == work.kind
    }
    if len(namespaces) > 1:
        return Match(None, CONFLICT, f"its ids name {len(namespaces)} known items", needs_review=True)
    for item_id, namespace in namespaces.items():
        if conflict := find_conflict(work, index, item_id):
            reason = f"the same {namespace} id, but another {conflict} id"
            return Match(item_id, CONFLICT, reason, needs_review=True)
        return Match(item_id, SAME_ID, f"the same {namespace} id")
    return None
