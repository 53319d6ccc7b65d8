"""Items, their credits, ids and files; with actions to describe again, embed again, exclude and merge."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from mediarec.library import catalog, merging
from mediarec.library.errors import MediarecError
from mediarec.library.models import Contributor, Credit, ExternalId, Item, MediaFile
from recommender.models import Description, Embedding, EnrichmentFailure
from worker import queues


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


class DescriptionInline(TabularInline):  # type: ignore[misc]
    model = Description
    extra = 0
    fields = ["describer", "version", "text"]
    readonly_fields = ["describer", "version"]


@admin.register(Item)
class ItemAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["title", "kind", "year", "file_count", "popularity", "is_excluded", "created_at"]
    list_filter = ["kind", "is_excluded", "artwork_is_drawn", "language"]
    search_fields = ["title", "original_title", "external_ids__value"]
    autocomplete_fields = ["parent", "batch"]
    readonly_fields = ["created_at", "updated_at", "artwork"]
    inlines = [CreditInline, ExternalIdInline, MediaFileInline, DescriptionInline]
    actions = ["describe_again", "embed_again", "stop_recommending", "recommend_again", "merge_into_oldest"]
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        items: QuerySet[Item] = super().get_queryset(request)
        return items.annotate(files_held=Count("files"))

    @admin.display(description="files", ordering="files_held")
    def file_count(self, item: Any) -> int:
        return int(item.files_held)

    def save_model(self, request: HttpRequest, obj: Item, form: Any, change: bool) -> None:
        obj.title_key = catalog.normalise_title(obj.title)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        catalog.refresh_search([form.instance.pk])
        queues.enqueue_enrichment()

    @admin.action(description="Describe again")
    def describe_again(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        ids = _list_ids(items)
        Description.objects.filter(item_id__in=ids).delete()
        EnrichmentFailure.objects.filter(item_id__in=ids).delete()
        queues.enqueue_enrichment()
        self.message_user(request, f"{len(ids)} items are described again in the background.")

    @admin.action(description="Embed again")
    def embed_again(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        ids = _list_ids(items)
        # An empty hash makes the vector stale: it keeps serving until the new one replaces it.
        Embedding.objects.filter(item_id__in=ids).update(content_hash="")
        EnrichmentFailure.objects.filter(item_id__in=ids).delete()
        queues.enqueue_enrichment()
        self.message_user(request, f"{len(ids)} items are embedded again in the background.")

    @admin.action(description="Never recommend")
    def stop_recommending(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        self.message_user(request, f"{Item.objects.filter(pk__in=_list_ids(items)).update(is_excluded=True)} excluded.")

    @admin.action(description="Recommend again")
    def recommend_again(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        count = Item.objects.filter(pk__in=_list_ids(items)).update(is_excluded=False)
        self.message_user(request, f"{count} may be recommended again.")

    @admin.action(description="Merge into the oldest of them")
    def merge_into_oldest(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        ids = sorted(_list_ids(items))
        try:
            kept = merging.merge_items(ids)
        except MediarecError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        queues.enqueue_enrichment()
        self.message_user(request, f"{len(ids)} items are now one: {kept}.")


def _list_ids(items: QuerySet[Item]) -> list[int]:
    return list(items.values_list("pk", flat=True))


@admin.register(Contributor)
class ContributorAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name"]
    search_fields = ["name"]

    def save_model(self, request: HttpRequest, obj: Contributor, form: Any, change: bool) -> None:
        obj.name_key = catalog.normalise_title(obj.name)
        super().save_model(request, obj, form, change)


@admin.register(MediaFile)
class MediaFileAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["path", "item", "size_bytes", "is_missing", "added_at"]
    list_filter = ["is_missing"]
    search_fields = ["path", "item__title"]
    autocomplete_fields = ["item", "batch"]
    readonly_fields = ["path", "size_bytes", "mtime_ns", "content_hash", "streams", "duration_seconds", "added_at"]
    exclude = ["path_raw"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # files come in by importing, where they are read
