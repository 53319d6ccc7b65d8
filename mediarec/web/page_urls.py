"""Addresses of bringing in, talking, playlists, taste, models, jobs and settings, and of the API."""

from django.urls import URLPattern, URLResolver, path

from mediarec.web.api.router import api, list_urls
from mediarec.web.pages import chat, history, imports, jobs, models, playlists, settings, taste

urlpatterns: list[URLPattern | URLResolver] = [
    path("imports/", imports.imports, name="imports"),
    path("imports/upload", imports.import_upload, name="import-upload"),
    path("imports/folder", imports.import_folder, name="import-folder"),
    path("imports/<int:batch_id>/", imports.import_detail, name="import-detail"),
    path("imports/<int:batch_id>/progress", imports.import_progress, name="import-progress"),
    path("imports/<int:batch_id>/commit", imports.import_commit, name="import-commit"),
    path("imports/<int:batch_id>/undo", imports.import_undo, name="import-undo"),
    path("imports/<int:batch_id>/rows/<int:row_id>", imports.import_resolve, name="import-resolve"),
    path("imports/<int:batch_id>/report.csv", imports.import_report, name="import-report"),
    path("history/", history.history, name="history"),
    path("chat/", chat.chat, name="chat"),
    path("chat/send", chat.chat_send, name="chat-send"),
    path("chat/<int:turn_id>/chip", chat.chat_chip, name="chat-chip"),
    path("chat/<int:turn_id>/stream", chat.chat_stream, name="chat-stream"),
    path("rules/<int:rule_id>/undo", chat.rule_undo, name="rule-undo"),
    path("playlists/", playlists.playlists, name="playlists"),
    path("playlists/make", playlists.playlist_make, name="playlist-make"),
    path("playlists/save", playlists.playlist_save, name="playlist-save"),
    path("playlists/add", playlists.playlist_add, name="playlist-add"),
    path("playlists/<int:playlist_id>/", playlists.playlist_detail, name="playlist-detail"),
    path("playlists/<int:playlist_id>/act", playlists.playlist_act, name="playlist-act"),
    path("playlists/<int:playlist_id>/playlist.m3u8", playlists.playlist_m3u8, name="playlist-m3u8"),
    path("models/", models.models, name="models"),
    path("models/progress", models.models_progress, name="models-progress"),
    path("models/switch", models.enrichment_switch, name="enrichment-switch"),
    path("models/retry", models.enrichment_retry, name="enrichment-retry"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:job_id>/act", jobs.job_act, name="job-act"),
    path("taste/", taste.taste, name="taste"),
    path("taste/refresh", taste.taste_refresh, name="taste-refresh"),
    path("taste/statements/<int:statement_id>/switch", taste.statement_switch, name="statement-switch"),
    path("taste/rules/<int:rule_id>/switch", taste.rule_switch, name="rule-switch"),
    path("settings/", settings.settings, name="settings"),
    path("settings/wishes", settings.settings_wishes, name="settings-wishes"),
    path("settings/password", settings.settings_password, name="settings-password"),
    path("settings/tokens", settings.token_create, name="token-create"),
    path("settings/tokens/<int:token_id>/revoke", settings.token_revoke, name="token-revoke"),
    path("settings/people", settings.person_create, name="person-create"),
    path("settings/demo/load", settings.demo_load, name="demo-load"),
    path("settings/demo/remove", settings.demo_remove, name="demo-remove"),
    path("api/", (list_urls(), api.urls[1], api.urls[2])),  # type: ignore[list-item]
]
