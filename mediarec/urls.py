"""Every address the app answers."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("mediarec.web.urls")),
    path("admin/", admin.site.urls),
]

handler403 = "mediarec.web.pages.errors.refused"
handler404 = "mediarec.web.pages.errors.not_found"
handler500 = "mediarec.web.pages.errors.server_error"
