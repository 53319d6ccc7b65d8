"""Background jobs and the household's switches."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from mediarec.library.errors import MediarecError
from worker import jobs
from worker.models import Job, Switch


@admin.register(Job)
class JobAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["label", "kind", "state", "done", "total", "message", "created_at", "finished_at"]
    list_filter = ["kind", "state"]
    readonly_fields = [field.name for field in Job._meta.fields]
    actions = ["cancel", "retry"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        for job in chosen:
            jobs.cancel_job(job.pk)
        self.message_user(request, "They stop at the next batch.")

    @admin.action(description="Try again")
    def retry(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        for job in chosen:
            try:
                jobs.retry_job(job.pk)
            except MediarecError as error:
                self.message_user(request, str(error))
                return
        self.message_user(request, "They start again in the background.")


@admin.register(Switch)
class SwitchAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "is_on", "changed_at"]
