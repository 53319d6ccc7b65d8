"""The clean room finds what it has to pass on, says why it cannot be entered, and its clip holds what is searched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.media_analysis import ocr, video_frames
from tests.cleanroom import __main__ as command
from tests.cleanroom import clip, host, visit
from tests.cleanroom.root import Root
from tests.machine import find_ocr_obstacle

ROOT = Path(__file__).resolve().parents[2]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_files_and_folders_that_pip_names_are_found(tmp_path: Path) -> None:
    wheels, index, constraints = tmp_path / "my wheels", tmp_path / "registry" / "simple", tmp_path / "constraints.txt"
    for folder in (wheels, index):
        folder.mkdir(parents=True)
    constraints.write_text("")
    settings = f"[global]\nextra-index-url = https://example.org/simple file://{index}\nconstraint = {constraints}\n"
    pip_file = write(tmp_path / "home" / ".config" / "pip" / "pip.conf", settings + "[install]\ntimeout = 60\n")
    environment = {"PIP_FIND_LINKS": f"file://{str(wheels).replace(' ', '%20')} /nowhere", "HOME": str(tmp_path)}
    files = host.list_pip_files(tmp_path / "home", {"XDG_CONFIG_DIRS": str(tmp_path / "none")})
    assert pip_file in files
    found = host.list_local_paths([pip_file], environment)
    assert found == [constraints, wheels, index.parent]


def test_only_what_reaches_a_registry_is_passed_on() -> None:
    given = {"PIP_CERT": "/a", "https_proxy": "b", "SSL_CERT_FILE": "/c", "HOME": "/root", "AWS_SECRET": "d"}
    assert host.list_environment(given) == {"PIP_CERT": "/a", "https_proxy": "b", "SSL_CERT_FILE": "/c"}


def test_sources_of_other_vendors_stay_outside(tmp_path: Path) -> None:
    own = write(tmp_path / "debian.sources", "Types: deb\nSuites: bookworm bookworm-updates\nComponents: main\n")
    line = write(tmp_path / "security.list", "deb http://example.org/debian bookworm-security main contrib\n")
    write(
        tmp_path / "cloud.list", "# deb http://example.org bookworm main\ndeb http://example.org cloud-bookworm main\n"
    )
    write(tmp_path / "docker.sources", "Types: deb\nSuites: bookworm\nComponents: stable\n")
    write(tmp_path / "old.sources.save", "Suites: bookworm\nComponents: main\n")
    assert host.list_apt_sources("bookworm", [tmp_path, tmp_path / "gone.list"]) == [own, line]


def test_the_distribution_is_read(tmp_path: Path) -> None:
    assert (
        host.read_codename(write(tmp_path / "os-release", 'NAME="Debian"\nVERSION_CODENAME=bookworm\n')) == "bookworm"
    )


def test_a_command_runs_as_the_user_with_nothing_of_the_hosts_environment(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:
        root = Root(tmp_path, log, {"PIP_CERT": "/a"})
    built = root.build_command(["make", "test", "TESTS=a b"], {"MEDIAREC_PORT": "1"})
    assert built[:4] == ["chroot", "--userspec=1000:1000", str(tmp_path), "env"]
    assert built[-3:] == ["make", "test", "TESTS=a b"]
    assert {"PIP_CERT=/a", "MEDIAREC_PORT=1", "HOME=/home/guest"} <= set(built)
    assert "-i" in built


def test_where_it_cannot_be_entered_a_sentence_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert command.find_obstacle(tmp_path) == "it needs root, to mount and to change the root folder."
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "mmdebstrap" in command.find_obstacle(tmp_path)
    for name in command.TOOLS:
        write(tmp_path / name, "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n").chmod(0o755)
    told = command.find_obstacle(tmp_path)
    assert told == "mounts or namespaces are not allowed here (unshare failed: Operation not permitted)."


@pytest.mark.parametrize(("options", "code"), [([], 2), (["--ci"], 0)])
def test_only_in_ci_is_that_no_failure(options: list[str], code: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.cleanroom", *options],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith("The clean room was not entered: it needs root") or "is not installed" in done.stdout


def test_the_tests_that_run_by_default_are_there() -> None:
    assert [path for path in visit.SOME_TESTS if not (ROOT / path).exists()] == []
    assert command.read_tests("all") == ()
    assert command.read_tests("") == visit.SOME_TESTS
    assert command.read_tests("tests/a tests/b") == ("tests/a", "tests/b")


def test_a_step_that_fails_is_timed_and_told() -> None:
    def fail() -> str:
        raise visit.StepFailedError("It did not come.")

    failed = visit.time_step("waiting", fail)
    assert (failed.is_passed, failed.note) == (False, "It did not come.")
    assert visit.time_step("going", lambda: "fine").is_passed


def test_what_was_skipped_is_counted_by_its_reason() -> None:
    printed = (
        "SKIPPED [2] tests/browser/test_a.py:18: No Chromium is here.\n"
        "SKIPPED [1] tests/worker/test_b.py:7: llama_cpp is not installed\n"
        "SKIPPED [1] tests/browser/test_c.py:9: No Chromium is here.\n"
    )
    assert visit.count_skipped(printed) == [
        "3 skipped: No Chromium is here.",
        "1 skipped: llama_cpp is not installed",
    ]


@pytest.mark.real_models
def test_the_clip_shows_the_words_that_are_searched(tmp_path: Path) -> None:
    if obstacle := find_ocr_obstacle():
        pytest.skip(obstacle)
    frames = video_frames.analyse_video(clip.write_clip(tmp_path)).frames
    read = [" ".join(line.text for line in ocr.read_lines(frame.image)).casefold() for frame in frames]
    assert visit.WORDS in read
    assert clip.NAME.startswith(visit.CLIP_TITLE)
