"""Somebody who uses every part of an installation: pages in Chromium where there is one, and what pages send."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import APIRequestContext, APIResponse, FilePayload, Page, Request

from tests.offline.installation import wait_for

PASSWORD = "slow-films-9"
FIRST_SERVER_ERROR = 500
ADMIN_PAGES = (
    "/admin/",
    "/admin/library/item/",
    "/admin/library/item/add/",
)  # all others are drawn by the same scripts
QUERIES = {"/search": "?q=slow+sea", "/search/results": "?q=quiet"}


def list_addresses(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every address that names nothing in particular, so that no page is forgotten: the admin's and the API's too."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = str(pattern.pattern).strip("^$\\Z")
        if "<" in route or "(" in route:
            continue
        if isinstance(pattern, URLResolver):
            yield from list_addresses(pattern, before + route)
        elif isinstance(pattern, URLPattern):
            yield before + route


class Visitor:
    """Signed in after `make_account`. What the browser asked another host for is in `asked_elsewhere`."""

    def __init__(self, address: str, sending: APIRequestContext, page: Page | None) -> None:
        self.address, self.sending, self.page = address, sending, page
        self.asked_elsewhere: list[str] = []
        if page is not None:
            page.context.on("request", self._note)

    def _note(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != self.address:
            self.asked_elsewhere.append(request.url)

    def open(self, path: str) -> str:
        """A page, and in a browser all that its scripts ask for in turn."""
        answer = self._fetch(path)
        self._show(path, answer)
        return answer.text()

    def _fetch(self, path: str) -> APIResponse:
        answer = self.sending.get(self.address + path)
        assert answer.ok, f"{path}: {answer.status} {answer.text()[:500]}"
        return answer

    def _show(self, path: str, answer: APIResponse) -> None:
        if self.page is not None and answer.headers["content-type"].startswith("text/html"):
            self.page.goto(self.address + path, wait_until="load")

    def open_every_page(self) -> dict[str, str]:
        """What those addresses show that show something when they are merely opened."""
        shown = {}
        for path in list_addresses():
            asked = path + QUERIES.get(path, "")
            answer = self.sending.get(self.address + asked)
            assert answer.status < FIRST_SERVER_ERROR, f"{path}: {answer.status} {answer.text()[:500]}"
            if answer.ok:
                shown[path] = answer.body().decode(errors="replace")
                if not path.startswith("/admin/") or path in ADMIN_PAGES:
                    self._show(asked, answer)
        return shown

    def send(
        self, path: str, form: Mapping[str, str], file: Path | None = None, name: str = "", *, by_script: bool = False
    ) -> APIResponse:
        """What a form or a button sends, a file beside it under that name."""
        headers = {"X-CSRFToken": self._read_token(), "Referer": f"{self.address}/"}
        headers |= {"HX-Request": "true"} if by_script else {}
        if file is None:
            answer = self.sending.post(self.address + path, form=dict(form), headers=headers)
        else:
            given = FilePayload(name=file.name, mimeType="application/octet-stream", buffer=file.read_bytes())
            answer = self.sending.post(self.address + path, multipart={**form, name: given}, headers=headers)
        assert answer.ok, f"{path}: {answer.status} {answer.text()[:500]}"
        return answer

    def _read_token(self) -> str:
        cookies = self.sending.storage_state()["cookies"]
        return next(cookie["value"] for cookie in cookies if cookie["name"] == "csrftoken")

    def make_account(self, link: str) -> None:
        path = urlsplit(link).path
        self.open(path)
        form = {"username": "dee", "first_name": "Dee", "password1": PASSWORD, "password2": PASSWORD}
        assert "Welcome, Dee" in self.send(path, form).text()

    def bring_in(self, path: Path) -> None:
        """A file that is uploaded or a folder that is named, looked at and added."""
        if path.is_dir():
            answer = self.send("/imports/folder", {"path": str(path)})
        else:
            answer = self.send("/imports/upload", {}, path, "files")
        found = re.search(r"/imports/(\d+)/", answer.url)
        assert found, answer.url
        batch = found.group(1)
        wait_for(lambda: self._read_state(batch) == "preview", f"{path.name} is read")
        self.open(f"/imports/{batch}/")
        self.send(f"/imports/{batch}/commit", {})
        wait_for(lambda: self._read_state(batch) == "committed", f"{path.name} is added")

    def _read_state(self, batch: str) -> str:
        state = str(self._fetch(f"/api/imports/{batch}").json()["state"])
        assert state != "failed"
        return state

    def watch_folder(self, folder: Path, film: str) -> None:
        """Until that film of it was found, by the worker."""
        self.send("/libraries/add", {"path": str(folder), "is_enabled": "1"})
        self.open("/libraries/1/")
        wait_for(lambda: film in self._fetch(f"/search?q={film}").text(), f"{film} is found")

    def wait_until_all_is_read(self) -> None:
        """By the worker: cards described, words, pictures and sounds embedded."""
        wait_for(lambda: "has been analysed." in self._fetch("/models/progress").text(), "everything is read")

    def like_the_first(self, words: str) -> None:
        found = re.search(r'href="(/items/\d+)"', self.open(f"/search?q={words}"))
        assert found, f"nothing was found by {words}"
        item = found.group(1)
        self.open(item)
        for part in ("aspects", "wording", "why-not"):
            self.open(f"{item}/{part}")
        self.send(f"{item}/act", {"what": "liked"})

    def search_by_picture(self, picture: Path) -> None:
        assert "/items/" in self.send("/search/picture", {}, picture, "picture").text()

    def chat(self, sentence: str) -> str:
        """The words are streamed; then the language model is asked about what was left open."""
        answer = self.send("/chat/send", {"text": sentence}, by_script=True).text()
        found = re.search(r"/chat/\d+", answer)
        assert found, answer[:500]
        words = self.open(f"{found.group()}/stream")
        self.send(f"{found.group()}/guesses", {}, by_script=True)
        return words

    def make_playlist(self, sentence: str) -> None:
        answer = self.send("/playlists/make", {"sentence": sentence})
        found = re.search(r"/playlists/\d+/", answer.url)
        assert found, answer.url
        self.open(f"{found.group()}playlist.m3u8")
