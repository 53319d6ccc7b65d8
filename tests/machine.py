"""What this machine lacks for some tests, in a sentence that names the Debian package; "" where it lacks nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache

from playwright._impl._driver import compute_driver_executable

from mediarec.library.errors import NotLoadedError
from mediarec.library.native_libraries import explain_missing_library
from recommender.media_analysis import ocr

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_SECONDS = 60


def find_chromium() -> str | None:
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


@lru_cache(maxsize=1)
def find_browser_obstacle() -> str:
    """Looked at before the driver is started: it raises from its depths and leaves its event loop behind."""
    driver = os.environ.get("PLAYWRIGHT_NODEJS_PATH") or compute_driver_executable()[0]
    if obstacle := _find_start_obstacle("The browser's driver", driver):
        return obstacle
    chromium = find_chromium()
    if chromium is None:
        return f"No Chromium is here (looked for {', '.join(CHROMIUM_NAMES)}; on Debian: apt install chromium)."
    if obstacle := _find_start_obstacle("Chromium", chromium):
        return obstacle
    lister = shutil.which("fc-list")
    if lister and not _run(lister).stdout.strip():
        return "No font is here to draw pages with (on Debian and Ubuntu: apt install fonts-dejavu-core)."
    return ""


def find_ocr_obstacle() -> str:
    try:
        ocr.load()
    except NotLoadedError as error:
        return str(error)
    return ""


def _find_start_obstacle(what: str, program: str) -> str:
    """A program that tells its version has found all its libraries."""
    try:
        tried = _run(program, "--version")
    except OSError as error:
        return f"{what} does not start: {error}."
    if tried.returncode == 0:
        return ""
    said = tried.stderr.strip() or f"{program} ended with code {tried.returncode}"
    return f"{what} does not start: {explain_missing_library(said) or said.splitlines()[0]}."


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
