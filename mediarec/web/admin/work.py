"""Background jobs and the household's switches."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from mediarec.library import audit
from mediarec.library.errors import MediarecError
from mediarec.web.admin.audit import AuditedAdmin
from mediarec.web.admin.confirmation import confirm_first
from mediarec.web.auth import current_person
from worker import dispatch, jobs
from worker.models import Job, Switch


@admin.register(Job)
class JobAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["label", "kind", "state", "progress", "message", "created_at", "finished_at"]
    list_filter = ["kind", "state", "person"]
    search_fields = ["label", "message"]
    date_hierarchy = "created_at"
    readonly_fields = [field.name for field in Job._meta.fields]
    actions = ["cancel", "retry"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="done")
    def progress(self, job: Job) -> str:
        return f"{job.done} of {job.total} {job.unit}" if job.total else f"{job.done} {job.unit}"

    @confirm_first("Cancel", "They stop shortly. What they did so far is kept.")
    def cancel(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        for job in chosen:
            jobs.cancel_job(job.pk)
            audit.record_change(current_person(request), "cancelled", job)
        self.message_user(request, f"{chosen.count()} will stop shortly.")

    @confirm_first("Retry", "They continue in the background where they stopped.")
    def retry(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        started = 0
        for job in chosen:
            try:
                dispatch.retry_job(job.pk)
            except MediarecError as error:
                self.message_user(request, str(error), messages.ERROR)
                continue
            audit.record_change(current_person(request), "retried", job)
            started += 1
        self.message_user(request, f"{started} restarted in the background.")


@admin.register(Switch)
class SwitchAdmin(AuditedAdmin):
    list_display = ["name", "is_on", "changed_at"]
