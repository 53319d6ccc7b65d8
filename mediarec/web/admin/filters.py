"""What the list of items can be narrowed by, beyond its plain columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from mediarec.library import exclusions
from mediarec.library.models import (
    ImportBatch,
    ImportRow,
    Interaction,
    InteractionType,
    Item,
    Library,
    MediaFile,
    Outcome,
    Person,
)
from recommender.facets.sql import LoweredWords, has_copy
from recommender.models import Embedding, Modality

Items = QuerySet[Item]
STATES = (
    *(
        (InteractionType.LIKED, "liked"),
        (InteractionType.DISLIKED, "disliked"),
        (InteractionType.FINISHED, "finished"),
        (InteractionType.ABANDONED, "abandoned"),
    ),
    *((InteractionType.RATED, "rated"), (InteractionType.SAVED, "saved"), (InteractionType.HIDDEN, "hid")),
)
UNMET = "unmet"


class WordFilter(TextFilter):  # type: ignore[misc]
    title = "genre or tag"
    parameter_name = "word"

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        word = (self.value() or "").strip().lower()
        return (
            items.alias(words=LoweredWords(F("genres"), F("tags"))).filter(Q(words__contains=[word])) if word else items
        )


class FolderFilter(TextFilter):  # type: ignore[misc]
    """A full path means what lies below it; anything else is looked for inside paths."""

    title = "folder"
    parameter_name = "folder"

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        wanted = (self.value() or "").strip()
        if not wanted:
            return items
        is_path = wanted.startswith("/")
        where = exclusions.below_folders([exclusions.to_bytes(wanted)]) if is_path else Q(path__icontains=wanted)
        return items.filter(_has_file(where))


class OwnedFilter(DropdownFilter):  # type: ignore[misc]
    title = "files"
    parameter_name = "owned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("owned", "Owned"), ("beyond", "Not owned"), ("missing", "With missing files")]

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        if self.value() == "missing":
            return items.filter(_has_file(Q(is_missing=True)))
        if self.value() in {"owned", "beyond"}:
            return items.filter(has_copy()) if self.value() == "owned" else items.exclude(has_copy())
        return items


class LibraryFilter(DropdownFilter):  # type: ignore[misc]
    title = "library"
    parameter_name = "library"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Library.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        chosen = (self.value() or "").isdecimal() and Library.objects.filter(pk=self.value()).first()
        return items.filter(_has_file(exclusions.below_folders([bytes(chosen.root_raw)]))) if chosen else items


class ArtworkFilter(DropdownFilter):  # type: ignore[misc]
    title = "artwork"
    parameter_name = "picture"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("real", "Real artwork"), ("drawn", "Drawn by mediarec"), ("none", "None")]

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        if self.value() == "none":
            return items.filter(artwork="")
        if self.value() in {"real", "drawn"}:
            return items.exclude(artwork="").filter(artwork_is_drawn=self.value() == "drawn")
        return items


class VectorFilter(DropdownFilter):  # type: ignore[misc]
    """By the spaces that are searched now."""

    title = "vectors"
    parameter_name = "vectors"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        with_them = [(modality.value, f"With {modality.label.lower()}") for modality in Modality]
        return with_them + [(f"no-{modality.value}", f"Without {modality.label.lower()}") for modality in Modality]

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        modality = (self.value() or "").removeprefix("no-")
        if modality not in Modality.values:
            return items
        held = Embedding.objects.filter(item=OuterRef("pk"), space__modality=modality, space__is_serving=True)
        return items.exclude(Exists(held)) if str(self.value()).startswith("no-") else items.filter(Exists(held))


class ReviewFilter(DropdownFilter):  # type: ignore[misc]
    title = "imports"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        sources = ImportBatch.objects.order_by("source").values_list("source", flat=True).distinct()
        return [("waits", "Has a row to review"), *((f"from-{name}", f"Imported from {name}") for name in sources)]

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        chosen = self.value() or ""
        if chosen == "waits":
            return items.filter(Exists(ImportRow.objects.filter(item=OuterRef("pk"), outcome=Outcome.REVIEW)))
        return items.filter(batch__source=chosen[5:]) if chosen.startswith("from-") else items


class ExcludedFilter(DropdownFilter):  # type: ignore[misc]
    title = "recommended"
    parameter_name = "recommended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [
            ("yes", "Allowed"),
            ("no", "Never"),
            ("itself", "Never: excluded itself"),
            ("place", "Never: folder excluded"),
        ]

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        allowed = exclusions.exclude_excluded_items(Item.objects.all()).values("pk")
        if self.value() == "itself":
            return items.filter(is_excluded=True)
        if self.value() == "place":
            return items.filter(is_excluded=False).exclude(pk__in=allowed)
        if self.value() in {"yes", "no"}:
            return items.filter(pk__in=allowed) if self.value() == "yes" else items.exclude(pk__in=allowed)
        return items


class EditedFilter(DropdownFilter):  # type: ignore[misc]
    title = "edited by hand"
    parameter_name = "edited"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("yes", "Edited by hand"), ("no", "Not edited")]

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        if self.value() in {"yes", "no"}:
            return items.exclude(edited_fields=[]) if self.value() == "yes" else items.filter(edited_fields=[])
        return items


class PersonStateFilter(DropdownFilter):  # type: ignore[misc]
    """What somebody of the household said of it."""

    title = "history of a person"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        people = Person.objects.filter(is_active=True).order_by("username")
        return [
            (f"{person.pk}-{what}", f"{person.shown_name} {label}")
            for person in people
            for what, label in (*STATES, (UNMET, "has no history with it"))
        ]

    def queryset(self, request: HttpRequest, items: Items) -> Items:
        person, _, what = (self.value() or "").partition("-")
        if not person.isdecimal() or not what:
            return items
        said = Interaction.objects.filter(item=OuterRef("pk"), person_id=int(person), withdrawn_at__isnull=True)
        return items.exclude(Exists(said)) if what == UNMET else items.filter(Exists(said.filter(what=what)))


def _has_file(where: Q) -> Q:
    """Its own file, or one of its tracks' or episodes'."""
    files = MediaFile.objects.filter(where)
    return Q(Exists(files.filter(item_id=OuterRef("pk")))) | Q(Exists(files.filter(item__parent_id=OuterRef("pk"))))
