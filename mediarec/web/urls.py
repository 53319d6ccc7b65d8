"""The address of every page. A name, its view, its template and its test are spelled alike: guess one, know four."""

from django.urls import URLPattern, URLResolver, path

from mediarec.web import page_urls
from mediarec.web.pages import (
    accounts,
    artwork,
    duplicates,
    explanations,
    feedback,
    home,
    item_detail,
    media,
    models,
    pwa,
    search,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("activity", home.activity, name="activity"),
    path("items/<int:item_id>", item_detail.item_detail, name="item-detail"),
    path("items/<int:item_id>/act", feedback.item_act, name="item-act"),
    path("files/<int:file_id>", media.media_file, name="media-file"),
    path("items/<int:item_id>/wording", explanations.item_wording, name="item-wording"),
    path("items/<int:item_id>/aspects", explanations.item_aspects, name="item-aspects"),
    path("items/<int:item_id>/aspects/press", explanations.critique_toggle, name="aspect-press"),
    path("items/<int:item_id>/why-not", explanations.why_not, name="why-not"),
    path("items/<int:item_id>/unuse", explanations.item_ignore, name="item-unuse"),
    path("interactions/<int:interaction_id>/undo", feedback.interaction_undo, name="interaction-undo"),
    path("search", search.search, name="search"),
    path("search/results", search.search_results, name="search-results"),
    path("search/picture", search.search_by_picture, name="search-by-picture"),
    path("models/choose", models.encoder_choose, name="encoder-choose"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/look", duplicates.duplicates_look, name="duplicates-look"),
    path("duplicates/<int:pair_id>/answer", duplicates.duplicates_answer, name="duplicates-answer"),
    path("artwork/<str:name>", artwork.artwork, name="artwork"),
    path("login", accounts.PersonLogin.as_view(), name="login"),
    path("logout", accounts.PersonLogout.as_view(), name="logout"),
    path("setup/<str:token>", accounts.setup, name="setup"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("service-worker.js", pwa.service_worker, name="service-worker"),
    path("healthz", pwa.healthz, name="healthz"),
    path("offline", pwa.offline, name="offline"),
    *page_urls.urlpatterns,
]
