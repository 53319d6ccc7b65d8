"""Facts of items, read from the tables in a handful of queries. Knows no model and no page."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict

from mediarec.library.models import Credit, Item
from recommender.items.cards import CARD_VERSION, ItemFacts, build_card
from recommender.media_analysis.verbalise import describe_audio, describe_video
from recommender.models import Reading

MEASURING = {"sound": describe_audio, "moving pictures": describe_video}
FIELDS = (
    "pk", "kind", "title", "year", "genres", "tags", "language", "runtime_seconds", "parent__title", "synopsis",
)  # fmt: skip


def load_facts(item_ids: Sequence[int]) -> dict[int, ItemFacts]:
    """Facts by item; an item that is gone is absent. The number of queries does not depend on the number of items."""
    people, measured = _read_people(item_ids), read_measured(item_ids)
    rows = Item.objects.filter(pk__in=list(item_ids)).values(*FIELDS)
    return {
        row["pk"]: ItemFacts(
            kind=row["kind"],
            title=row["title"],
            year=row["year"],
            genres=tuple(row["genres"]),
            tags=tuple(row["tags"]),
            people=people.get(row["pk"], {}),
            language=row["language"],
            runtime_seconds=row["runtime_seconds"],
            parent_title=row["parent__title"] or "",
            synopsis=row["synopsis"],
            measured=measured.get(row["pk"], ()),
        )
        for row in rows
    }


def facts_hash(facts: ItemFacts) -> str:
    """Changes whenever a fact changes that a description could mention."""
    stable = json.dumps(asdict(facts), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(stable.encode("utf-8", "surrogatepass")).hexdigest()


def card_hash(facts: ItemFacts) -> str:
    """Changes when the embedded text changes; a new running time alone does not re-embed."""
    text = f"{CARD_VERSION}\n{build_card(facts)}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_measured(item_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Measured properties in words, by item, such as "slow, about 72 beats a minute"; no interpretation, no guesses."""
    phrases: dict[int, tuple[str, ...]] = {}
    rows = Reading.objects.filter(item_id__in=list(item_ids), reader__in=MEASURING).order_by("reader")
    for item_id, reader, values in rows.values_list("item_id", "reader", "values"):
        phrases[item_id] = (*phrases.get(item_id, ()), *MEASURING[reader](values))
    return phrases


def _read_people(item_ids: Sequence[int]) -> dict[int, dict[str, tuple[str, ...]]]:
    """Names by item and role, in credit order."""
    names: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    credits = Credit.objects.filter(item_id__in=list(item_ids)).order_by("role", "position", "pk")
    for item_id, role, name in credits.values_list("item_id", "role", "contributor__name"):
        names[item_id][role].append(name)
    return {item_id: {role: tuple(credited) for role, credited in roles.items()} for item_id, roles in names.items()}
