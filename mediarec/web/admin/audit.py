"""What every list of the admin shares: each change is written down, and its history is the audit log."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter

from mediarec.library import audit
from mediarec.library.models import AuditEntry
from mediarec.web.auth import current_person


class AuditedAdmin(ModelAdmin):  # type: ignore[misc]
    """Writes down who added, edited and deleted what."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        stored = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        before = audit.describe_fields(stored) if stored else {}
        super().save_model(request, obj, form, change)
        changed = audit.diff_fields(before, audit.describe_fields(obj))
        if any(changed):
            audit.record_change(current_person(request), "edited" if change else "added", obj, *changed)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        audit.record_change(current_person(request), "deleted", obj, audit.describe_fields(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            audit.record_change(current_person(request), "deleted", obj, audit.describe_fields(obj))
        super().delete_queryset(request, queryset)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The log, narrowed to this object."""
        about = {"table__exact": str(self.opts.verbose_name), "object_id__exact": object_id}
        return HttpResponseRedirect(f"{reverse('admin:library_auditentry_changelist')}?{urlencode(about)}")


@admin.register(AuditEntry)
class AuditEntryAdmin(ModelAdmin):  # type: ignore[misc]
    """Read by everybody who keeps the installation, written by nobody."""

    list_display = ["at", "shown_actor", "action", "table", "object_name", "shown_change"]
    list_filter = [("at", RangeDateFilter), "actor", "action", "table"]
    list_filter_submit = True
    search_fields = ["object_name", "object_id__exact", "actor", "action"]
    date_hierarchy = "at"
    show_full_result_count = False

    @admin.display(description="who", ordering="actor")
    def shown_actor(self, entry: AuditEntry) -> str:
        return entry.actor or "mediarec"

    @admin.display(description="what changed")
    def shown_change(self, entry: AuditEntry) -> str:
        names = list({**entry.before, **entry.after})
        lines = ((name, _show(entry.before, name), _show(entry.after, name)) for name in names[:4])
        return format_html_join("", "<div><b>{}</b>: {} → {}</div>", lines)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in {"object_id__exact", "table__exact"} or bool(super().lookup_allowed(lookup, value, request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def _show(values: dict[str, Any], name: str) -> str:
    if name not in values or values[name] in (None, "", [], {}):
        return "nothing"
    text = ", ".join(map(str, values[name])) if isinstance(values[name], list) else str(values[name])
    return text if len(text) <= 60 else f"{text[:60]}…"
