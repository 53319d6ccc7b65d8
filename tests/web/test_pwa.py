"""The app can be installed: every file that the manifest and the service worker name is there."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from PIL import Image

pytestmark = pytest.mark.django_db


def test_the_manifest_names_icons_of_the_size_it_says() -> None:
    manifest = json.loads(Client().get(reverse("manifest")).content)
    assert manifest["start_url"] == "/"
    sizes = set()
    for icon in manifest["icons"]:
        found = finders.find(icon["src"].removeprefix("/static/"))
        assert isinstance(found, str)
        with Image.open(found) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
        sizes.add(icon["sizes"])
    assert sizes == {"192x192", "512x512"}


def test_the_service_worker_keeps_only_what_is_there_and_no_page_of_a_person() -> None:
    answer = Client().get(reverse("service-worker"))
    assert answer["Content-Type"].startswith("text/javascript")
    kept = re.search(r"const KEPT = \[(.*)\];", answer.content.decode())
    assert kept
    paths = re.findall(r'"([^"]+)"', kept[1])
    assert "/offline" in paths
    for path in paths:
        assert path == "/offline" or finders.find(path.removeprefix("/static/")), path


def test_the_offline_page_needs_nobody_signed_in() -> None:
    answer = Client().get(reverse("offline"))
    assert b"cannot be reached" in answer.content
