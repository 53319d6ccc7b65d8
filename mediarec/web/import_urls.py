"""Addresses of what was brought in: the review of doubtful rows, what was decided, and stopping an import."""

from django.urls import URLPattern, URLResolver, path

from mediarec.web.pages import import_review, imports

urlpatterns: list[URLPattern | URLResolver] = [
    path("imports/choices/", import_review.import_choices, name="import-choices"),
    path("imports/choices/<int:choice_id>/forget", import_review.import_choice_forget, name="import-choice-forget"),
    path("imports/<int:batch_id>/cancel", imports.import_cancel, name="import-cancel"),
    path("imports/<int:batch_id>/review/", import_review.import_review, name="import-review"),
    path("imports/<int:batch_id>/rows/<int:row_id>", import_review.import_resolve, name="import-resolve"),
    path("imports/<int:batch_id>/rows/<int:row_id>/reopen", import_review.import_reopen, name="import-reopen"),
    path("imports/<int:batch_id>/rows/<int:row_id>/search", import_review.import_row_search, name="import-row-search"),
]
