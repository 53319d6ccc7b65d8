"""The admin's side bar: what is kept, what came in, what the machine made, who lives here."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

GROUPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Library": (
        ("Items", "movie", "library_item"),
        ("People credited", "artist", "library_contributor"),
        ("Files", "folder", "library_mediafile"),
        ("Watched folders", "folder_eye", "library_library"),
        ("Skipped files", "folder_off", "library_leftoutfile"),
        ("Excluded folders", "block", "library_excludedfolder"),
    ),
    "Imports and jobs": (
        ("Imports", "upload", "library_importbatch"),
        ("Import rows", "table_rows", "library_importrow"),
        ("Match decisions", "rule", "library_rememberedchoice"),
        ("Merges and splits", "merge", "library_itemchange"),
        ("Jobs", "pending_actions", "worker_job"),
        ("Switches", "toggle_on", "worker_switch"),
    ),
    "Models": (
        ("Embedding spaces", "scatter_plot", "recommender_embeddingspace"),
        ("Failures", "error", "recommender_enrichmentfailure"),
        ("Rankers", "model_training", "recommender_trainedranker"),
        ("Recommendations shown", "view_list", "recommender_slaterecord"),
    ),
    "Household": (
        ("People", "group", "library_person"),
        ("History", "history", "library_interaction"),
        ("Rules", "rule", "recommender_steeringrule"),
        ("Taste", "favorite", "recommender_tastestatement"),
        ("Playlists", "queue_music", "recommender_playlist"),
        ("API keys", "key", "library_apitoken"),
        ("Audit log", "fact_check", "library_auditentry"),
    ),
}


def list_links(request: HttpRequest) -> list[dict[str, Any]]:
    back = {"items": [{"title": "Back to mediarec", "icon": "arrow_back", "link": "/", "active": False}]}
    groups = [
        {
            "title": title,
            "separator": True,
            "items": [
                {"title": name, "icon": icon, "link": reverse(f"admin:{model}_changelist")}
                for name, icon, model in links
            ],
        }
        for title, links in GROUPS.items()
    ]
    return [back, *groups]
