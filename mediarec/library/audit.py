"""Writing down who changed what. Every change by hand comes here; entries are never rewritten or deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

from mediarec.library.models import AuditEntry, Person

LONGEST_VALUE = 500  # of a text that is kept as it was before
NOT_TOLD = frozenset({"password", "digest", "search", "title_key"})  # no secret and no derived column is written down


def record_change(
    actor: Person | None,
    action: str,
    subject: Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """One entry about one object. `before` and `after` name only what differs; None as actor is the machine."""
    table, number, name = _name(subject)
    return record_event(actor, action, table, (number, name), before=before, after=after)


def record_event(
    actor: Person | None,
    action: str,
    table: str,
    named: tuple[str, str],
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """The same for something that is not one row, such as a bulk change; `named` is (number, name)."""
    entry = _build(actor, action, (table, *named), before or {}, after or {})
    entry.save()
    return entry


def record_bulk(actor: Person | None, action: str, subjects: Iterable[Model], after: Mapping[str, Any]) -> int:
    """One entry per object of a bulk change, with what each said before; returns how many. Objects that say so
    already are left out."""
    entries = []
    for subject in subjects:
        before = {name: getattr(subject, name, None) for name in after}
        if before != dict(after):
            entries.append(_build(actor, action, _name(subject), before, after))
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    return len(entries)


def find_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs between two descriptions of one object, as it was and as it is."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {n: before[n] for n in changed if n in before}, {n: after[n] for n in changed if n in after}


def describe_fields(subject: Model) -> dict[str, Any]:
    """Every column of a row that may be told."""
    columns = (field for field in subject._meta.concrete_fields if field.name not in NOT_TOLD)
    return {field.name: _plain(field.value_from_object(subject)) for field in columns}


def list_entries(subject: Model) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(table=str(subject._meta.verbose_name), object_id=str(subject.pk))


def _name(subject: Model) -> tuple[str, str, str]:
    return str(subject._meta.verbose_name), str(subject.pk), str(subject)


def _build(
    actor: Person | None, action: str, about: tuple[str, str, str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> AuditEntry:
    table, number, name = about
    return AuditEntry(
        actor_id=actor.pk if actor else None,
        actor=actor.username if actor else "",
        action=action[:40],
        table=table[:40],
        object_id=number[:64],
        object_name=name[:LONGEST_VALUE],
        before=_tell(before),
        after=_tell(after),
    )


def _tell(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items() if name not in NOT_TOLD}


def _plain(value: Any) -> Any:
    """As JSON holds it; long texts by their beginning, bytes by what an eye can read."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace").replace("\x00", "")[:LONGEST_VALUE]
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
