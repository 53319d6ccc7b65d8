"""People, their keys, what they did and the rules they gave."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from mediarec.library.models import ApiToken, Interaction, Person
from mediarec.web.admin.audit import AuditedAdmin
from recommender.models import Playlist, SteeringRule, TasteStatement

admin.site.unregister(Group)  # households have people, not groups


@admin.register(Person)
class PersonAdmin(UserAdmin, AuditedAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "is_staff", "is_demo", "last_login"]
    list_filter = ["is_staff", "is_active", "is_demo"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Name", {"fields": ("first_name", "last_name", "email")}),
        ("Preferences", {"fields": ("novelty", "ownership")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )


@admin.register(Interaction)
class InteractionAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["person", "what", "item", "occurred_at", "origin", "withdrawn_at"]
    list_filter = ["what", "origin", "person"]
    search_fields = ["item__title"]
    list_select_related = ["person", "item"]
    date_hierarchy = "occurred_at"
    show_full_result_count = False

    # History is append-only: it is taken back on the history page or by undoing its import, never rewritten here.
    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(AuditedAdmin):
    list_display = ["name", "person", "created_at", "last_used_at"]
    exclude = ["digest"]
    readonly_fields = ["name", "person", "created_at", "last_used_at"]

    def has_add_permission(self, request: object) -> bool:
        return False


@admin.register(SteeringRule)
class SteeringRuleAdmin(AuditedAdmin):
    list_display = ["understood", "person", "is_active", "expires_at", "created_at"]
    list_filter = ["is_active", "person"]


@admin.register(TasteStatement)
class TasteStatementAdmin(AuditedAdmin):
    list_display = ["text", "person", "sign", "weight", "is_edited", "is_active"]
    list_filter = ["person", "sign", "is_active"]


@admin.register(Playlist)
class PlaylistAdmin(AuditedAdmin):
    list_display = ["name", "person", "updated_at"]
    list_filter = ["person"]
    search_fields = ["name"]
