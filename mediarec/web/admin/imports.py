"""Import batches and what became of each row."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from mediarec.library.models import ImportBatch, ImportRow
from worker import queues


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

    @admin.action(description="Take back")
    def take_back(self, request: HttpRequest, batches: QuerySet[ImportBatch]) -> None:
        for batch in batches:
            queues.enqueue_undo(batch.pk)
        self.message_user(request, "They are taken back in the background.")

    @admin.action(description="Go on where it stopped")
    def go_on(self, request: HttpRequest, batches: QuerySet[ImportBatch]) -> None:
        for batch in batches:
            queues.enqueue_import(batch.pk)
        self.message_user(request, "They go on in the background.")


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
