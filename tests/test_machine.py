"""What is skipped is skipped by name, and nothing is skipped where everything is required."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mediarec.library.errors import NotLoadedError
from recommender.media_analysis import ocr
from tests import conftest, machine

LACKS_LIBRARY = """#!/bin/sh
echo "$0: error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such file" >&2
exit 127
"""
STARTS = "#!/bin/sh\necho 1.0\n"
SAYS_NOTHING = "#!/bin/sh\n"


@pytest.fixture(autouse=True)
def _looks_anew() -> None:
    machine.find_browser_obstacle.cache_clear()


def make_program(folder: Path, name: str, text: str) -> Path:
    program = folder / name
    program.write_text(text)
    program.chmod(0o755)
    return program


def test_a_driver_that_lacks_a_library_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(make_program(tmp_path, "node", LACKS_LIBRARY)))
    assert machine.find_browser_obstacle() == (
        "The browser's driver does not start: libatomic.so.1 is missing (on Debian and Ubuntu: apt install libatomic1)."
    )


@pytest.mark.parametrize(
    ("programs", "told"),
    [
        ({}, r"No Chromium is here .*apt install chromium\)\."),
        ({"chromium": LACKS_LIBRARY}, r"Chromium does not start: libatomic\.so\.1 is missing .*"),
        ({"chromium": STARTS, "fc-list": SAYS_NOTHING}, r"No font is here .*apt install fonts-dejavu-core\)\."),
        ({"chromium": STARTS, "fc-list": STARTS}, ""),
        ({"google-chrome": STARTS}, ""),
    ],
)
def test_a_browser_that_is_not_whole_is_named(
    programs: dict[str, str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(make_program(tmp_path, "node", STARTS)))
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, text in programs.items():
        make_program(tmp_path, name, text)
    assert re.fullmatch(told, machine.find_browser_obstacle())


def test_a_recogniser_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def lack() -> None:
        raise NotLoadedError(ocr.PART, "It cannot be loaded: libxcb.so.1 is missing.")

    monkeypatch.setattr(ocr, "load", lack)
    assert machine.find_ocr_obstacle() == "It cannot be loaded: libxcb.so.1 is missing."


@pytest.mark.parametrize(
    ("required", "outcome", "keywords", "is_wrong"),
    [
        ("1", "skipped", [], True),
        ("1", "skipped", ["browser"], True),
        ("1", "skipped", ["optional"], False),
        ("1", "passed", [], False),
        ("", "skipped", [], False),
    ],
)
def test_where_everything_is_required_only_what_is_optional_is_skipped(
    required: str, outcome: str, keywords: list[str], is_wrong: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIAREC_REQUIRE_ALL", required)
    assert conftest.is_wrongly_skipped(outcome == "skipped", keywords) is is_wrong
