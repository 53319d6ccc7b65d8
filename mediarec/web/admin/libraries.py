"""Watched folders, what they left out, and folders kept out of recommendations; and what belongs to nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action as page_action
from unfold.widgets import UnfoldAdminTextInputWidget

from mediarec.library import exclusions, folder_sync
from mediarec.library.errors import MediarecError
from mediarec.library.models import ExcludedFolder, LeftOutFile, Library
from mediarec.library.scanning import show_path
from mediarec.web.admin.audit import AuditedAdmin
from mediarec.web.admin.confirmation import confirm_first
from mediarec.web.admin.orphans import orphans
from mediarec.web.auth import current_person
from worker import dispatch


@admin.register(Library)
class LibraryAdmin(AuditedAdmin):
    """The folder itself is checked where libraries are added: on their own page."""

    list_display = ["name", "root", "person", "every_minutes", "is_enabled", "is_excluded", "scanned_at", "problem"]
    list_filter = ["is_enabled", "is_excluded"]
    search_fields = ["name", "root"]
    fields = [
        *("name", "root", "kinds", "person", "every_minutes", "is_enabled", "is_excluded"),
        *("found", "problem", "scanned_at", "next_scan_at"),
    ]
    readonly_fields = ["root", "kinds", "found", "problem", "scanned_at", "next_scan_at"]
    actions = ["look_through", "stop_recommending", "recommend_again"]
    actions_list = ["add_on_page", "find_orphans"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        own = path("orphans/", self.admin_site.admin_view(self._orphans), name="library_orphans")
        return [own, *super().get_urls()]

    def _orphans(self, request: HttpRequest) -> HttpResponse:
        return orphans(self, request)

    @page_action(description="Watch a folder", url_path="watch")  # type: ignore[untyped-decorator]
    def add_on_page(self, request: HttpRequest) -> HttpResponse:
        return redirect("libraries")

    @page_action(description="Orphaned data", url_path="find-orphans")  # type: ignore[untyped-decorator]
    def find_orphans(self, request: HttpRequest) -> HttpResponse:
        return redirect(reverse("admin:library_orphans"))

    @confirm_first("Scan now", "Each folder is compared with the library. Nothing is deleted.")
    def look_through(self, request: HttpRequest, libraries: QuerySet[Library]) -> None:
        for library in libraries:
            dispatch.enqueue_rescan(library.pk)
        self.message_user(request, f"{libraries.count()} are being scanned in the background.")

    @confirm_first("Never recommend", "Their files stay in the library, but are no longer recommended.")
    def stop_recommending(self, request: HttpRequest, libraries: QuerySet[Library]) -> None:
        self.message_user(
            request, f"{folder_sync.set_excluded(list(libraries), True, current_person(request))} excluded."
        )

    @confirm_first("Recommend again", "Their files can be recommended again.")
    def recommend_again(self, request: HttpRequest, libraries: QuerySet[Library]) -> None:
        self.message_user(
            request, f"{folder_sync.set_excluded(list(libraries), False, current_person(request))} included again."
        )


@admin.register(LeftOutFile)
class LeftOutFileAdmin(AuditedAdmin):
    list_display = ["path", "library", "reason", "noticed_at"]
    list_filter = [("library", RelatedDropdownFilter)]
    list_filter_submit = True
    search_fields = ["path", "reason"]
    actions = ["read_again"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @confirm_first("Try again", "They are read again in the next scan of their folder.")
    def read_again(self, request: HttpRequest, files: QuerySet[LeftOutFile]) -> None:
        count, _ = files.delete()
        self.message_user(request, f"{count} will be read in the next scan.")


class ExcludedFolderForm(forms.ModelForm):  # type: ignore[type-arg]
    path = forms.CharField(label="Full path of the folder", widget=UnfoldAdminTextInputWidget())

    class Meta:
        model = ExcludedFolder
        fields = ["path"]

    def clean_path(self) -> str:
        """Checked and made by the one who keeps folders out, so that both ways in say the same."""
        given: str = self.cleaned_data["path"].strip()
        try:
            self.plain = exclusions.check_folder(exclusions.to_bytes(given))
        except MediarecError as error:
            raise forms.ValidationError(str(error)) from error
        if ExcludedFolder.objects.filter(path_raw=self.plain).exists():
            raise forms.ValidationError("That folder is already excluded.")
        return show_path(self.plain)


@admin.register(ExcludedFolder)
class ExcludedFolderAdmin(AuditedAdmin):
    form = ExcludedFolderForm
    list_display = ["path", "file_count", "created_at"]
    search_fields = ["path"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description="files inside")
    def file_count(self, folder: ExcludedFolder) -> int:
        return exclusions.count_below(bytes(folder.path_raw))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.path_raw = form.plain
        super().save_model(request, obj, form, change)
        count = exclusions.count_below(form.plain)
        self.message_user(request, f"{count} files in {obj.path} are excluded.", messages.INFO)
