"""Stored descriptions: a template's for every item, a language model's for works without a synopsis.

A model's sentence is stored only when the grounding check finds nothing in it that the facts do not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from mediarec.library.models import Item, Kind, MediaFile
from recommender.enrichment.embedding import record_failures
from recommender.enrichment.sources import STALE, Unreadable, has_failed
from recommender.enrichment.templates import TEMPLATE_VERSION, write_description
from recommender.items import facts as known_facts
from recommender.items.cards import ItemFacts
from recommender.llm import grounding, prompts
from recommender.llm.protocol import TextGenerator
from recommender.models import Description, Embedding, EnrichmentFailure, Modality

TEMPLATE = "template"
MANUAL = "by hand"
PROMPT_VERSION = "2"  # of the prompt and the grounding check together
CHUNK = 512
LONGEST_TOKENS = 70
WRITTEN_KINDS = (Kind.FILM, Kind.SERIES, Kind.ALBUM, Kind.VIDEO)  # descriptions of single tracks are hardly ever read


def store_manual_description(item_id: int, text: str) -> None:
    """Stores a person's own text, which takes precedence over generated ones. An empty text removes it."""
    Description.objects.filter(item_id=item_id, describer=MANUAL).delete()
    if text.strip():
        Description.objects.create(item_id=item_id, describer=MANUAL, version="1", facts_hash="", text=text.strip())


def find_description(item_id: int) -> Description | None:
    """A person's own text; else a model's checked sentence about the current facts; else the template's."""
    rows = {row.describer: row for row in Description.objects.filter(item_id=item_id).order_by("created_at")}
    if MANUAL in rows:
        return rows[MANUAL]
    template = rows.pop(TEMPLATE, None)
    current = [row for row in rows.values() if template is None or row.facts_hash == template.facts_hash]
    return current[-1] if current else template


def refresh_all() -> Iterator[int]:
    """Compares every item's facts with their hashes; yields the number of outdated descriptions per chunk.

    Templates are rewritten at once; text vectors of a changed card are marked stale, to be embedded again.
    """
    last = 0
    while ids := list(Item.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        last = ids[-1]
        facts = known_facts.load_facts(ids)
        _mark_stale_cards(facts)
        yield _write_templates(facts)


def _mark_stale_cards(facts: dict[int, ItemFacts]) -> None:
    vectors = Embedding.objects.filter(space__modality=Modality.TEXT, item__in=facts).exclude(content_hash=STALE)
    stale = [
        pk
        for pk, item_id, digest in vectors.values_list("pk", "item_id", "content_hash")
        if digest != known_facts.card_hash(facts[item_id])
    ]
    Embedding.objects.filter(pk__in=stale).update(content_hash=STALE)


def _write_templates(facts: dict[int, ItemFacts]) -> int:
    rows = Description.objects.filter(describer=TEMPLATE, version=TEMPLATE_VERSION, item__in=facts)
    stored_hashes = dict(rows.values_list("item_id", "facts_hash"))
    hashes = {item_id: known_facts.facts_hash(item_facts) for item_id, item_facts in facts.items()}
    outdated = [item_id for item_id, digest in hashes.items() if stored_hashes.get(item_id) != digest]
    store_descriptions(
        [
            Description(
                item_id=item_id,
                describer=TEMPLATE,
                version=TEMPLATE_VERSION,
                facts_hash=hashes[item_id],
                text=write_description(facts[item_id]),
            )
            for item_id in outdated
        ]
    )
    return len(outdated)


@transaction.atomic
def store_descriptions(rows: Sequence[Description]) -> None:
    """Upserts descriptions; items deleted meanwhile are skipped."""
    existing_ids = set(
        Item.objects.filter(pk__in=[row.item_id for row in rows])
        .select_for_update(of=("self",), no_key=True)
        .values_list("pk", flat=True)
    )
    Description.objects.bulk_create(
        [row for row in rows if row.item_id in existing_ids],
        update_conflicts=True,
        unique_fields=["item", "describer", "version"],
        update_fields=["facts_hash", "text", "created_at"],
    )


def describable_items() -> QuerySet[Item]:
    """Works without a synopsis that a person is likely to open: owned ones first, then the newest."""
    copies = MediaFile.objects.filter(is_missing=False).filter(
        Q(item_id=OuterRef("pk")) | Q(item__parent=OuterRef("pk"))
    )
    return (
        Item.objects.filter(synopsis="", kind__in=WRITTEN_KINDS, is_excluded=False)
        .annotate(is_owned=Exists(copies))
        .order_by("-is_owned", "-created_at", "pk")
    )


def undescribed_items(writer_name: str) -> QuerySet[Item]:
    """Those of `describable_items` without this model's sentence about their current facts."""
    template = Description.objects.filter(
        item_id=OuterRef("item_id"), describer=TEMPLATE, facts_hash=OuterRef("facts_hash")
    )
    written = Description.objects.filter(item_id=OuterRef("pk"), describer=writer_name, version=PROMPT_VERSION)
    fresh = written.filter(Exists(template))
    return describable_items().exclude(Exists(fresh)).exclude(has_failed(writer_name))


def write_pending(writer: TextGenerator, limit: int) -> Iterator[bool]:
    """Generates one description at a time and stores each at once; yields whether it passed the check.

    Raises UnavailableError when the model stops answering.
    """
    _forget_failures_of_changed_facts(writer.name)
    for item_id in list(undescribed_items(writer.name).values_list("pk", flat=True)[:limit]):
        facts = known_facts.load_facts([item_id]).get(item_id)
        if facts is not None:
            yield _write_one(writer, item_id, facts)


def _write_one(writer: TextGenerator, item_id: int, facts: ItemFacts) -> bool:
    lines = prompts.list_facts(facts)
    text = " ".join(writer.write(prompts.DESCRIBE_SYSTEM, lines, LONGEST_TOKENS).split())
    problems = grounding.check_sentence(text, lines)
    digest = known_facts.facts_hash(facts)
    if problems:
        reason = f"The sentence of {writer.name} was not used: {' '.join(problems[:3])}"
        record_failures(writer.name, [Unreadable(item_id, digest, reason)])
        return False
    row = Description(item_id=item_id, describer=writer.name, version=PROMPT_VERSION, facts_hash=digest, text=text)
    store_descriptions([row])
    return True


def _forget_failures_of_changed_facts(stage: str) -> None:
    current = Description.objects.filter(
        item_id=OuterRef("item_id"), describer=TEMPLATE, facts_hash=OuterRef("content_hash")
    )
    EnrichmentFailure.objects.filter(stage=stage).exclude(Exists(current)).delete()
