"""What the person said of doubtful rows of imports, so that a later import of them is settled. Decisions of the
whole household are not exported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from mediarec.library.models import Decision, RememberedChoice
from mediarec.library.person_archive.tables import ArchiveRecord, ArchiveTable


@dataclass(frozen=True)
class MatchDecisionRecord(ArchiveRecord[RememberedChoice]):
    told: str
    decision: str
    item: int | None
    fingerprint: str
    created_at: str

    dated: ClassVar[str] = "created_at"

    @classmethod
    def read(cls, row: RememberedChoice) -> Self:
        return cls(row.told, row.decision, row.item_id, row.fingerprint, row.created_at.isoformat())

    def list_items(self) -> Iterable[int]:
        return () if self.item is None else (self.item,)

    def restore(self, person_id: int, numbers: Mapping[int, int]) -> RememberedChoice | None:
        item_id = None if self.item is None else numbers.get(self.item)
        is_whole = self.decision in Decision.values and len(self.fingerprint) == 64
        if not is_whole or (self.decision == Decision.ITEM and item_id is None):
            return None
        row, is_new = RememberedChoice.objects.get_or_create(
            person_id=person_id,
            fingerprint=self.fingerprint,
            defaults={"decision": self.decision, "item_id": item_id, "told": self.told[:1000]},
        )
        return row if is_new else None


MATCH_DECISIONS = ArchiveTable(
    "choices", "what was said of doubtful rows of imports", RememberedChoice, MatchDecisionRecord
)
