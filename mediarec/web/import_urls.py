"""Addresses of what was brought in: the review of doubtful rows, what was decided, and stopping an import."""

from django.urls import URLPattern, URLResolver, path

from mediarec.web.pages import imports, reviewing

urlpatterns: list[URLPattern | URLResolver] = [
    path("imports/choices/", reviewing.import_choices, name="import-choices"),
    path("imports/choices/<int:choice_id>/forget", reviewing.import_choice_forget, name="import-choice-forget"),
    path("imports/<int:batch_id>/cancel", imports.import_cancel, name="import-cancel"),
    path("imports/<int:batch_id>/review/", reviewing.import_review, name="import-review"),
    path("imports/<int:batch_id>/rows/<int:row_id>", reviewing.import_resolve, name="import-resolve"),
    path("imports/<int:batch_id>/rows/<int:row_id>/reopen", reviewing.import_reopen, name="import-reopen"),
    path("imports/<int:batch_id>/rows/<int:row_id>/search", reviewing.import_row_search, name="import-row-search"),
]
