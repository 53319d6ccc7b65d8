"""Import batches, what became of each row, what people said of doubtful ones, and items merged and split."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from mediarec.library import audit, item_merge
from mediarec.library.errors import MediarecError
from mediarec.library.models import ImportBatch, ImportRow, ItemChange, RememberedChoice
from mediarec.web.auth import current_person
from worker import dispatch


@admin.register(ImportBatch)
class ImportBatchAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["label", "source", "person", "state", "done", "total", "created_at"]
    list_filter = ["state", "source", "person", "is_demo"]
    search_fields = ["label", "path"]
    readonly_fields = ["source", "path", "state", "total", "done", "counts", "error", "committed_at", "undone_at"]
    actions = ["take_back", "go_on"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # taking a batch back keeps its report; deleting it would orphan what it added

    @admin.action(description="Undo")
    def take_back(self, request: HttpRequest, batches: QuerySet[ImportBatch]) -> None:
        for batch in batches:
            dispatch.enqueue_undo(batch.pk)
        self.message_user(request, "They are being undone in the background.")

    @admin.action(description="Continue where it stopped")
    def go_on(self, request: HttpRequest, batches: QuerySet[ImportBatch]) -> None:
        for batch in batches:
            dispatch.enqueue_import(batch.pk)
        self.message_user(request, "They continue in the background.")


@admin.register(ImportRow)
class ImportRowAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["place", "batch", "outcome", "confidence", "reason"]
    list_filter = ["outcome"]
    search_fields = ["place", "reason"]
    list_select_related = ["batch"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(ItemChange)
class ItemChangeAdmin(ModelAdmin):  # type: ignore[misc]
    """Merges and splits, each of which can be taken back exactly."""

    list_display = ["label", "act", "actor", "made_at", "undone_at"]
    list_filter = ["act", "actor"]
    search_fields = ["label"]
    actions = ["take_back"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # the record is what taking it back needs

    @admin.action(description="Undo")
    def take_back(self, request: HttpRequest, changes: QuerySet[ItemChange]) -> None:
        for change in changes.order_by("-pk"):  # the newest first: an older one waits for it
            try:
                item_merge.undo_change(change.pk)
            except MediarecError as error:
                self.message_user(request, f"{change}: {error}", messages.ERROR)
                continue
            audit.record_change(current_person(request), "undid", change, {}, {"label": change.label})
            self.message_user(request, f"{change} was undone.")
        dispatch.enqueue_enrichment()


@admin.register(RememberedChoice)
class RememberedChoiceAdmin(ModelAdmin):  # type: ignore[misc]
    """What people said of doubtful rows; deleting one makes such a row ask again."""

    list_display = ["told", "decision", "item", "person", "created_at"]
    list_filter = ["decision", "person"]
    search_fields = ["told", "item__title"]
    list_select_related = ["item", "person"]
    readonly_fields = ["told", "decision", "fingerprint", "row", "created_at"]
    autocomplete_fields = ["item"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
