"""Items, their credits, ids and descriptions: found by anything, edited for good, excluded, merged, matched anew."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RangeDateFilter, RangeNumericFilter, RelatedDropdownFilter
from unfold.decorators import action as page_action

from mediarec.library import audit, item_edits, item_lookup, item_merge
from mediarec.library.errors import MediarecError
from mediarec.library.models import Contributor, Credit, ExternalId, Item, MediaFile
from mediarec.web.admin import filters
from mediarec.web.admin.audit import AuditedAdmin
from mediarec.web.admin.confirmation import confirm_first
from mediarec.web.admin.item_forms import ItemForm, ManyItemsForm
from mediarec.web.admin.matches import fix_match
from mediarec.web.auth import current_person
from recommender.enrichment import descriptions
from recommender.models import Description, Embedding, EnrichmentFailure
from worker import dispatch

NOT_EDITS = frozenset({"is_excluded", "picture", "description", "edited_fields", "batch"})  # nothing else writes these


class CreditInline(TabularInline):  # type: ignore[misc]
    model = Credit
    extra = 0
    autocomplete_fields = ["contributor"]


class ExternalIdInline(TabularInline):  # type: ignore[misc]
    model = ExternalId
    extra = 0


class MediaFileInline(TabularInline):  # type: ignore[misc]
    model = MediaFile
    extra = 0
    fields = ["path", "size_bytes", "duration_seconds", "is_missing"]
    readonly_fields = fields
    can_delete = False
    max_num = 0


@admin.register(Item)
class ItemAdmin(AuditedAdmin):
    form = ItemForm
    list_display = ["title", "kind", "year", "file_count", "popularity", "is_excluded", "created_at"]
    list_filter = [
        *("kind", ("year", RangeNumericFilter), filters.WordFilter, filters.OwnedFilter, filters.ExcludedFilter),
        *(filters.ArtworkFilter, filters.VectorFilter, filters.FolderFilter, filters.LibraryFilter),
        *(filters.ReviewFilter, filters.PersonStateFilter, filters.EditedFilter),
        *(("batch", RelatedDropdownFilter), ("created_at", RangeDateFilter), "language"),
    ]
    list_filter_submit = True
    search_fields = ["title", "original_title", "external_ids__value"]
    autocomplete_fields = ["parent", "batch"]
    readonly_fields = ["created_at", "updated_at", "artwork", "artwork_is_drawn", "edited_fields"]
    inlines = [CreditInline, ExternalIdInline, MediaFileInline]
    actions = [
        *("edit_many", "stop_recommending", "recommend_again", "merge_into_oldest"),
        *("describe_again", "embed_again", "release_fields"),
    ]
    actions_detail = ["fix_match"]
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        items: QuerySet[Item] = super().get_queryset(request)
        return items.annotate(files_held=Count("files"))

    @admin.display(description="files", ordering="files_held")
    def file_count(self, item: Any) -> int:
        return int(item.files_held)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.title_key = item_lookup.normalise_title(obj.title)
        item_edits.mark_edited(obj, _find_edits(obj, change) & set(form.cleaned_data) - NOT_EDITS)
        super().save_model(request, obj, form, change)
        if picture := form.cleaned_data.get("picture"):
            item_edits.replace_artwork(obj, picture, current_person(request))
        if "description" in form.changed_data:
            written = form.cleaned_data["description"]
            audit.record_change(current_person(request), "described", obj, {}, {"description": written})
            descriptions.store_manual_description(obj.pk, written)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self._note_inlines(request, form.instance, formsets)
        item_lookup.refresh_search([form.instance.pk])
        dispatch.enqueue_enrichment()

    def _note_inlines(self, request: HttpRequest, item: Item, formsets: Any) -> None:
        """Credits and ids live in tables of their own; a change of them is an edit of the item."""
        names = {Credit: "credits", ExternalId: "external_ids"}
        changed = [names[one.model] for one in formsets if one.model in names and one.has_changed()]
        if changed:
            item_edits.mark_edited(item, changed)
            item.save(update_fields=["edited_fields"])
            now = {name: [str(row) for row in getattr(item, name).all()] for name in changed}
            audit.record_change(current_person(request), "edited", item, {}, now)

    @page_action(description="Fix match", url_path="fix-match")  # type: ignore[untyped-decorator]
    def fix_match(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return fix_match(self, request, object_id)

    @confirm_first("Describe again", "Generated descriptions are written again in the background.")
    def describe_again(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        ids = _list_ids(items)
        Description.objects.filter(item_id__in=ids).exclude(describer=descriptions.MANUAL).delete()
        EnrichmentFailure.objects.filter(item_id__in=ids).delete()
        dispatch.enqueue_enrichment()
        self.message_user(request, f"{len(ids)} items are described again in the background.")

    @confirm_first(
        "Embed again", "Their vectors are computed again in the background; the old ones are used until then."
    )
    def embed_again(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        ids = _list_ids(items)
        # An empty hash makes the vector stale: it keeps serving until the new one replaces it.
        Embedding.objects.filter(item_id__in=ids).update(content_hash="")
        EnrichmentFailure.objects.filter(item_id__in=ids).delete()
        dispatch.enqueue_enrichment()
        self.message_user(request, f"{len(ids)} items are embedded again in the background.")

    @confirm_first(
        "Edit", "Fields that you fill in are changed for all of them. Imports do not change them back.", ManyItemsForm
    )
    def edit_many(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        form: ManyItemsForm = request.action_form  # type: ignore[attr-defined]
        changed = [pk for pk in _list_ids(items) if self._edit_one(request, pk, form)]
        item_lookup.refresh_search(changed)
        dispatch.enqueue_enrichment()
        self.message_user(request, f"{len(changed)} items were changed.")

    def _edit_one(self, request: HttpRequest, item_id: int, form: ManyItemsForm) -> bool:
        item = item_lookup.find_item(item_id)
        before = audit.describe_fields(item)
        if fields := form.apply(item):
            item_edits.mark_edited(item, fields)
            item.save()
            changed = audit.diff_fields(before, audit.describe_fields(item))
            audit.record_change(current_person(request), "edited", item, *changed)
        return bool(fields)

    @confirm_first(
        "Never recommend", "They stay in the library, but no longer appear in recommendations, search or playlists."
    )
    def stop_recommending(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        count = item_edits.set_excluded(list(items), True, current_person(request))
        self.message_user(request, f"{count} excluded.")

    @confirm_first("Recommend again", "They can be recommended again, unless their folder is excluded.")
    def recommend_again(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        count = item_edits.set_excluded(list(items), False, current_person(request))
        self.message_user(request, f"{count} can be recommended again.")

    @confirm_first(
        "Allow imports to overwrite edits", "Imports can fill in and change fields that were edited by hand."
    )
    def release_fields(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        self.message_user(
            request, f"{item_edits.release_fields(list(items), current_person(request))} can be overwritten by imports."
        )

    @confirm_first("Merge into the oldest", "They become one item; files, events and playlists move to it.")
    def merge_into_oldest(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        ids = sorted(_list_ids(items))
        named = {str(item.pk): str(item) for item in items}
        try:
            kept = item_merge.merge_items(ids, current_person(request))
        except MediarecError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        audit.record_change(current_person(request), "merged", kept, {"items": named}, {"kept": kept.pk})
        dispatch.enqueue_enrichment()
        self.message_user(request, f"{len(ids)} items were merged into {kept}.")


def _find_edits(item: Item, is_known: bool) -> set[str]:
    """Fields that say something else than what is stored; of a new item those that say anything."""
    stored = Item.objects.filter(pk=item.pk).first() if is_known else Item()
    _, after = audit.diff_fields(audit.describe_fields(stored or Item()), audit.describe_fields(item))
    return set(after)


def _list_ids(items: QuerySet[Item]) -> list[int]:
    return list(items.values_list("pk", flat=True))


@admin.register(Contributor)
class ContributorAdmin(AuditedAdmin):
    list_display = ["name"]
    search_fields = ["name"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.name_key = item_lookup.normalise_title(obj.name)
        super().save_model(request, obj, form, change)


@admin.register(MediaFile)
class MediaFileAdmin(AuditedAdmin):
    list_display = ["path", "item", "size_bytes", "is_missing", "missing_since", "added_at"]
    list_filter = ["is_missing", "is_placed_by_hand", ("added_at", RangeDateFilter), ("batch", RelatedDropdownFilter)]
    list_filter_submit = True
    search_fields = ["path", "item__title"]
    autocomplete_fields = ["item", "batch"]
    readonly_fields = [
        *("path", "size_bytes", "mtime_ns", "inode", "content_hash", "streams", "duration_seconds", "added_at"),
        *("is_missing", "missing_since", "is_placed_by_hand"),
    ]
    exclude = ["path_raw"]
    list_select_related = ["item"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # files come in by importing, where they are read

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.is_placed_by_hand = obj.is_placed_by_hand or "item" in form.changed_data
        super().save_model(request, obj, form, change)
