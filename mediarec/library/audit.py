"""The audit log: who changed what by hand. Entries are never changed or deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

from mediarec.library.models import AuditEntry, Person

LONGEST_VALUE = 500  # characters of a stored text value
UNLOGGED_FIELDS = frozenset({"password", "digest", "search", "title_key"})  # secrets and derived columns are not logged


def record_change(
    actor: Person | None,
    action: str,
    subject: Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """One entry about one object. `before` and `after` hold only what differs; actor None means the program itself."""
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
    """Like `record_change`, for something that is not one row; `named` is (object ID, name)."""
    entry = _build(actor, action, (table, *named), before or {}, after or {})
    entry.save()
    return entry


def record_bulk(actor: Person | None, action: str, subjects: Iterable[Model], after: Mapping[str, Any]) -> int:
    """One entry per object of a bulk change, with its previous values; returns how many. Unchanged objects are
    skipped."""
    entries = []
    for subject in subjects:
        before = {name: getattr(subject, name, None) for name in after}
        if before != dict(after):
            entries.append(_build(actor, action, _name(subject), before, after))
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    return len(entries)


def diff_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The entries that differ between two descriptions of an object: (as it was, as it is)."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before[name] for name in changed if name in before}, {
        name: after[name] for name in changed if name in after
    }


def describe_fields(subject: Model) -> dict[str, Any]:
    """All loggable columns of a row."""
    columns = (field for field in subject._meta.concrete_fields if field.name not in UNLOGGED_FIELDS)
    return {field.name: _plain(field.value_from_object(subject)) for field in columns}


def list_entries(subject: Model) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(table=str(subject._meta.verbose_name), object_id=str(subject.pk))


def _name(subject: Model) -> tuple[str, str, str]:
    return str(subject._meta.verbose_name), str(subject.pk), str(subject)


def _build(
    actor: Person | None,
    action: str,
    subject: tuple[str, str, str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> AuditEntry:
    table, object_id, name = subject
    return AuditEntry(
        actor_id=actor.pk if actor else None,
        actor=actor.username if actor else "",
        action=action[:40],
        table=table[:40],
        object_id=object_id[:64],
        object_name=name[:LONGEST_VALUE],
        before=_plain_fields(before),
        after=_plain_fields(after),
    )


def _plain_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items() if name not in UNLOGGED_FIELDS}


def _plain(value: Any) -> Any:
    """The value as JSON types; long texts truncated, bytes decoded for reading."""
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
