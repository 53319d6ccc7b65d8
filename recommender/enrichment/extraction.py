"""Runs readers over what they have not read yet, one item a transaction. Knows no reader and no schedule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from mediarec.library.errors import NotLoadedError
from mediarec.library.models import Item
from mediarec.library.native_libraries import explain_load_error
from recommender.enrichment.embedding import record_failures
from recommender.enrichment.extractors import ExtractionResult, Extractor, Target
from recommender.enrichment.failures import explain, is_systemic
from recommender.enrichment.passages import store_passages
from recommender.enrichment.priority import order_by_priority
from recommender.enrichment.sources import Unreadable, has_failed
from recommender.models import EnrichmentFailure, MomentVector, Passage, Reading, WordSource

CHUNK = 200


def find_pending(reader: Extractor) -> QuerySet[Item]:
    """Items without this reader's reading, that did not fail on the same content; likeliest to be seen first."""
    read = Reading.objects.filter(item_id=OuterRef("pk"), reader=reader.name, version=reader.version)
    return order_by_priority(reader.applicable().exclude(Exists(read)).exclude(has_failed(reader.name)))


def extract_pending(reader: Extractor) -> Iterator[bool]:
    """Yields after each item whether it could be read; what is yielded is safe in the database.

    Raises NotLoadedError before the first where the reader cannot be loaded.
    """
    forget_changed(reader)
    if find_pending(reader).exists():
        reader.load()
    while ids := list(find_pending(reader).values_list("pk", flat=True)[:CHUNK]):
        targets = reader.find_targets(ids)
        gone = sorted(set(ids) - {target.item_id for target in targets})
        record_failures(reader.name, [Unreadable(i, "", "There is nothing to read any more.") for i in gone])
        for target in sorted(targets, key=lambda target: ids.index(target.item_id)):
            yield _extract_one(reader, target)


def _extract_one(reader: Extractor, target: Target) -> bool:
    try:
        result = reader.read(target)
        store_features(reader, target, result)
    except Exception as error:  # decoders and libraries of signals raise many kinds for one odd file
        if isinstance(error, ImportError):  # something that is loaded on first use
            raise NotLoadedError(reader.name, f"{reader.name}: {explain_load_error(error)}.") from error
        if is_systemic(error):
            raise
        record_failures(reader.name, [Unreadable(target.item_id, target.digest, explain(error))])
        return False
    return True


@transaction.atomic
def store_features(reader: Extractor, target: Target, result: ExtractionResult) -> None:
    """All of one item's reading or nothing; an item deleted meanwhile is passed over."""
    locked = Item.objects.filter(pk=target.item_id).select_for_update(of=("self",), no_key=True)
    if not locked.exists():
        return
    if reader.sources and result.passages is not None:
        store_passages(target.item_id, reader.sources, result.passages)
    if result.space_id is not None:
        MomentVector.objects.filter(item_id=target.item_id, space_id=result.space_id).delete()
        MomentVector.objects.bulk_create(
            MomentVector(item_id=target.item_id, space_id=result.space_id, start_seconds=start, vector=vector)
            for start, vector in result.moments
        )
    Reading.objects.update_or_create(
        item_id=target.item_id,
        reader=reader.name,
        defaults={
            "version": reader.version,
            "content_hash": target.digest,
            "values": result.values,
            "skipped": list(result.skipped),
        },
    )
    EnrichmentFailure.objects.filter(item_id=target.item_id, stage=reader.name).delete()


def forget_changed(reader: Extractor) -> int:
    """Drops readings and failures whose content is another now; their passages serve until they are read again."""
    _forget_taken_down(reader)
    dropped = 0
    for rows in (Reading.objects.filter(reader=reader.name), EnrichmentFailure.objects.filter(stage=reader.name)):
        known = dict(rows.values_list("item_id", "content_hash"))
        for chunk in _cut(sorted(known)):
            changed = [t.item_id for t in reader.find_targets(chunk) if t.digest != known[t.item_id]]
            dropped += rows.filter(item_id__in=changed).delete()[0] if changed else 0
    return dropped


def _forget_taken_down(reader: Extractor) -> None:
    """Words of a picture that no work shows any more. A file that is missing may come back, and keeps its own."""
    if WordSource.POSTER.value in reader.sources:
        gone = Item.objects.filter(Q(artwork="") | Q(artwork_is_drawn=True)).values("pk")
        Passage.objects.filter(source=WordSource.POSTER, item__in=gone).delete()
        Reading.objects.filter(reader=reader.name, item__in=gone).delete()


def _cut(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
