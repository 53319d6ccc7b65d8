"""Taste statements in a person archive. Contributors are matched by name, since IDs differ between installations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Contributor
from mediarec.library.person_archive.restored_rows import build_undo
from mediarec.library.person_archive.tables import ArchiveTable, Record, RowIds
from recommender.models import TasteStatement
from recommender.person_archive.values import FLAG, LIST, OBJECT, TEXT, cut, renumber


def _read(person_id: int) -> Iterator[dict[str, Any]]:
    for row in TasteStatement.objects.filter(person_id=person_id).order_by("pk").iterator():
        feature = {name: value for name, value in row.feature.items() if name != "contributor_id"}
        yield {
            **{"text": row.text, "sign": row.sign, "weight": row.weight, "feature": feature},
            **{"evidence": row.evidence, "is_edited": row.is_edited, "is_active": row.is_active},
        }


def _list_items(person_id: int) -> Iterator[int]:
    for evidence in TasteStatement.objects.filter(person_id=person_id).values_list("evidence", flat=True):
        yield from (number for number in evidence if isinstance(number, int))


def _restore(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> RowIds:
    created: RowIds = []
    for record in records:
        text = cut(record["text"])
        if not text or record["sign"] not in (-1, 1):
            continue
        fields = {
            "sign": record["sign"], "weight": float(record["weight"]), "feature": _read_feature(record["feature"]),
            "evidence": renumber(record["evidence"], numbers), "is_edited": record["is_edited"],
            "is_active": record["is_active"],
        }  # fmt: skip
        row, is_new = TasteStatement.objects.get_or_create(person_id=person_id, text=text, defaults=fields)
        if is_new:
            created.append(row.pk)
    return created


def _read_feature(stored: Mapping[str, Any]) -> dict[str, Any]:
    identity = stored.get("identity")
    name = identity[-1] if isinstance(identity, list) and identity and isinstance(identity[-1], str) else ""
    person = Contributor.objects.filter(name_key=normalise_title(name)).first() if name else None
    return {**stored, **({"contributor_id": person.pk} if person else {})}


STATEMENTS = ArchiveTable(
    "taste", "sentences about the taste, and which of them were corrected",
    {
        "text": TEXT, "sign": (int,), "weight": (int, float), "feature": OBJECT, "evidence": LIST, "is_edited": FLAG,
        "is_active": FLAG,
    },
    _read, _list_items, _restore, build_undo(TasteStatement),
)  # fmt: skip
