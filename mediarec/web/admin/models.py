"""What the machine made: encoders' spaces, failures, rankers and slates."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from recommender.models import EmbeddingSpace, EnrichmentFailure, SlateRecord, TrainedRanker
from worker import dispatch


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """For rows that only the machine writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(EmbeddingSpace)
class EmbeddingSpaceAdmin(ReadOnlyAdmin):
    list_display = ["encoder", "version", "modality", "dims", "vector_count", "is_serving", "is_text_aligned"]
    list_filter = ["modality", "is_serving"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EmbeddingSpace]:
        spaces: QuerySet[EmbeddingSpace] = super().get_queryset(request)
        return spaces.annotate(vectors_held=Count("embeddings"))

    @admin.display(description="vectors")
    def vector_count(self, space: EmbeddingSpace) -> int:
        return int(getattr(space, "vectors_held", 0))


@admin.register(EnrichmentFailure)
class EnrichmentFailureAdmin(ReadOnlyAdmin):
    list_display = ["item", "stage", "reason", "created_at"]
    list_filter = ["stage"]
    search_fields = ["item__title", "reason"]
    list_select_related = ["item"]
    actions = ["try_again"]

    @admin.action(description="Retry")
    def try_again(self, request: HttpRequest, failures: QuerySet[EnrichmentFailure]) -> None:
        count, _ = failures.delete()
        dispatch.enqueue_enrichment()
        self.message_user(request, f"{count} are retried in the background.")


@admin.register(TrainedRanker)
class TrainedRankerAdmin(ReadOnlyAdmin):
    list_display = ["version", "state", "created_at"]
    list_filter = ["state"]


@admin.register(SlateRecord)
class SlateRecordAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "person", "surface", "ranker"]
    list_filter = ["surface", "person", "ranker"]
    date_hierarchy = "created_at"
    show_full_result_count = False
