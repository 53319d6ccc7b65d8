"""The download of one's own data: behind the login, and never anybody else's."""

import io
import json
import zipfile

from django.test import Client
from django.urls import reverse

from mediarec.library.models import Person


def test_it_downloads_what_is_ones_own(ana: Person, ana_client: Client) -> None:
    page = ana_client.get(reverse("settings")).content.decode()
    assert "Download my data" in page
    response = ana_client.post(reverse("export-download"), {"person": "bo"})
    assert response["Content-Disposition"].startswith('attachment; filename="mediarec-ana-')
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:  # type: ignore[attr-defined]
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["person"] == "ana"
        assert manifest["rows"]["events"] == ana.interactions.count() > 0


def test_nobody_downloads_without_signing_in_or_by_a_link(ana_client: Client) -> None:
    assert Client().post(reverse("export-download")).status_code in (302, 403)
    assert ana_client.get(reverse("export-download")).status_code == 405
