"""Turning parsed works, files and events into rows, many at a time. Called inside a transaction; knows no formats."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from mediarec.library.artwork import read_picture, write_artwork
from mediarec.library.catalog import normalise_title
from mediarec.library.errors import MediarecError
from mediarec.library.importers.audio_files import read_embedded_picture
from mediarec.library.importers.base import ParsedEvent, ParsedFile, ParsedWork
from mediarec.library.matching import MatchIndex, find_contributors, match_work
from mediarec.library.models import Credit, ExternalId, ImportBatch, Interaction, Item, MediaFile
from mediarec.library.scanning import show_path

logger = logging.getLogger(__name__)
FILLABLE = ("original_title", "year", "genres", "tags", "language", "runtime_seconds", "synopsis", "season", "number")
LARGEST_YEAR = 2200


def store_work(work: ParsedWork, batch: ImportBatch, index: MatchIndex) -> Item:
    """Makes the item (and its parent where that is new), with credits and ids; the index learns of both."""
    parent = _find_parent(work, batch, index)
    item = Item.objects.create(
        kind=work.kind,
        title=work.title,
        title_key=normalise_title(work.title),
        original_title=work.original_title,
        year=work.year,
        genres=list(work.genres),
        tags=list(work.tags),
        language=work.language,
        runtime_seconds=work.runtime_seconds,
        synopsis=work.synopsis,
        parent=parent,
        season=work.season,
        number=work.number,
        popularity=work.popularity,
        batch=batch,
    )
    _store_credits(item, work)
    _store_ids(item, work)
    _store_picture(item, work.artwork)
    index.add(item.pk, work)
    return item


def _find_parent(work: ParsedWork, batch: ImportBatch, index: MatchIndex) -> Item | None:
    """The album or series. A series named without a year is the one of that title: an episode rarely says more."""
    if work.parent is None:
        return None
    match = match_work(work.parent, index)
    if match.item_id is not None and (not match.needs_look or work.parent.year is None):
        return Item.objects.get(pk=match.item_id)
    return store_work(work.parent, batch, index)


def fill_gaps(item: Item, work: ParsedWork, batch: ImportBatch, index: MatchIndex) -> list[str]:
    """What the item lacks and the work knows; returns the names of what was filled, so that undo can empty it again."""
    filled = [name for name in FILLABLE if not getattr(item, name) and getattr(work, name)]
    for name in filled:
        value = getattr(work, name)
        setattr(item, name, list(value) if isinstance(value, tuple) else value)
    if item.parent_id is None and work.parent is not None:
        item.parent = _find_parent(work, batch, index)
        filled.append("parent")
    if not item.credits.exists() and work.people:
        _store_credits(item, work)
        filled.append("credits")
    if (not item.artwork or item.artwork_is_drawn) and not item.artwork and _store_picture(item, work.artwork):
        filled.append("artwork")
    if filled:
        item.save()
    new_ids = _store_ids(item, work)
    return filled + [f"id:{pk}" for pk in new_ids]


def _store_credits(item: Item, work: ParsedWork) -> None:
    people = find_contributors(name for names in work.people.values() for name in names)
    rows = {}
    for role, names in work.people.items():
        for place, name in enumerate(names):
            person = people.get(normalise_title(name))
            if person is not None:
                rows.setdefault((person.pk, role), Credit(item=item, contributor=person, role=role, position=place))
    Credit.objects.bulk_create(rows.values(), ignore_conflicts=True)


def _store_ids(item: Item, work: ParsedWork) -> list[int]:
    taken = set(ExternalId.objects.filter(value__in=work.ids.values()).values_list("namespace", "value"))
    rows = [
        ExternalId(item=item, namespace=namespace, value=value)
        for namespace, value in work.ids.items()
        if (namespace, value) not in taken
    ]
    return [row.pk for row in ExternalId.objects.bulk_create(rows)]


def _store_picture(item: Item, reference: tuple[str, str] | None) -> bool:
    """A picture that cannot be read leaves the item without one; the sentence goes to the log."""
    if reference is None or item.artwork:
        return False
    how, path_hex = reference
    path = bytes.fromhex(path_hex)
    try:
        data = read_embedded_picture(path) if how == "embedded" else _read_file(path)
        if not data:
            return False
        item.artwork = write_artwork(read_picture(data))
    except (MediarecError, OSError) as error:
        logger.info("artwork of %s in %s: %s", item, show_path(path), error)
        return False
    item.save(update_fields=["artwork"])
    return True


def _read_file(path: bytes) -> bytes:
    return Path(path.decode("utf-8", "surrogateescape")).read_bytes()


def store_file(item: Item, parsed: ParsedFile, batch: ImportBatch) -> bool:
    """True when the file is new here. A known path is brought up to date; a missing file's twin is the moved file."""
    raw = bytes.fromhex(parsed.path_hex)
    facts = {
        "path": show_path(raw),
        "size_bytes": parsed.size_bytes,
        "mtime_ns": parsed.mtime_ns,
        "content_hash": parsed.content_hash,
        "duration_seconds": parsed.duration_seconds,
        "streams": list(parsed.streams),
        "is_missing": False,
    }
    known = MediaFile.objects.filter(path_raw=raw).first() or find_moved(parsed)
    if known is not None:
        MediaFile.objects.filter(pk=known.pk).update(path_raw=raw, **facts)
        return False
    MediaFile.objects.create(item=item, path_raw=raw, batch=batch, **facts)
    return True


def find_moved(parsed: ParsedFile) -> MediaFile | None:
    """A file of the same content whose own path no longer exists."""
    for known in MediaFile.objects.filter(content_hash=parsed.content_hash, size_bytes=parsed.size_bytes):
        if not Path(bytes(known.path_raw).decode("utf-8", "surrogateescape")).exists():
            return known
    return None


def store_events(rows: Sequence[tuple[int, Iterable[ParsedEvent]]], batch: ImportBatch, origin: str) -> dict[int, int]:
    """Writes (item, events) and returns how many were new for each item; the same event twice is one."""
    wanted = {(item_id, event.what, event.occurred_at): event for item_id, events in rows for event in events}
    standing = Interaction.objects.filter(
        person_id=batch.person_id, item_id__in={key[0] for key in wanted}, withdrawn_at__isnull=True
    )
    known = set(standing.values_list("item_id", "what", "occurred_at"))
    fresh = {key: event for key, event in wanted.items() if key not in known}
    Interaction.objects.bulk_create(
        [
            Interaction(
                person_id=batch.person_id,
                item_id=item_id,
                what=what,
                value=event.value,
                progress=event.progress,
                occurred_at=occurred_at,
                origin=origin,
                batch=batch,
            )
            for (item_id, what, occurred_at), event in fresh.items()
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )
    counts: dict[int, int] = {}
    for item_id, _, _ in fresh:
        counts[item_id] = counts.get(item_id, 0) + 1
    return counts
