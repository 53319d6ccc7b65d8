"""The switches stand in the environment before any library is imported, by whatever entrance the program comes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mediarec import offline
from worker.child_process import Child, ChildSpec

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
MODULES = [*PACKAGES, "mediarec.asgi", "mediarec.celery", "mediarec.settings", "tests.embedded_database"]
MANAGE = "import runpy, sys; sys.argv = ['manage.py', 'version']; runpy.run_path('manage.py', run_name='__main__')"
ENTRANCES = {**{name: f"import {name}" for name in MODULES}, "manage.py": MANAGE}
SAY = "import json, os; print(json.dumps(dict(os.environ)))"


def read_environment(code: str, home: Path, **given: str) -> dict[str, str]:
    """Of a fresh interpreter that came in by `code`."""
    bare = {name: os.environ[name] for name in ("PATH", "DATABASE_URL") if name in os.environ}
    told = {"MEDIAREC_HOME": str(home), "MEDIAREC_TEST_HOME": os.environ["MEDIAREC_TEST_HOME"], **bare, **given}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{code}\n{SAY}"],
        cwd=ROOT, env=told, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_entrance_switches_reporting_off_whatever_the_shell_says(entrance: str, tmp_path: Path) -> None:
    against = dict.fromkeys([*offline.SILENT, *offline.NO_HUB], "0")
    found = read_environment(ENTRANCES[entrance], tmp_path, DJANGO_SETTINGS_MODULE="mediarec.settings", **against)
    assert found.items() >= {**offline.SILENT, **offline.NO_HUB}.items()


def test_a_model_library_is_only_loaded_by_packages_that_switch_it_off_first() -> None:
    """Whichever module of theirs is imported first, the package's own __init__ comes before it."""
    loading = re.compile(r"^\s*(?:import|from) (?:onnxruntime|transformers|open_clip|huggingface_hub|librosa)\b", re.M)
    modules = [path for path in ROOT.rglob("*.py") if not {".venv", "var", "tests"} & set(path.relative_to(ROOT).parts)]
    found = {path.relative_to(ROOT).parts[0] for path in modules if loading.search(path.read_text(encoding="utf-8"))}
    assert "recommender" in found
    assert found <= set(PACKAGES)


def test_what_is_asked_of_hubs_is_somebodys_own_choice_where_downloads_are_allowed() -> None:
    allowed = {"MEDIAREC_ALLOW_MODEL_DOWNLOADS": "1"}
    assert not offline.build_environment(allowed).keys() & offline.NO_HUB.keys()
    assert offline.build_environment({**allowed, "HF_HUB_OFFLINE": "1"})["HF_HUB_OFFLINE"] == "1"
    assert offline.build_environment(allowed).items() >= offline.SILENT.items()


@pytest.mark.parametrize("word", ["", "0", "no", "maybe"])
def test_a_word_that_does_not_say_yes_allows_no_download(word: str) -> None:
    made = offline.build_environment({"MEDIAREC_ALLOW_MODEL_DOWNLOADS": word, "HF_HUB_OFFLINE": "0"})
    assert made.items() >= offline.NO_HUB.items()


def test_caches_lie_in_the_home_unless_somebody_has_named_a_folder(tmp_path: Path) -> None:
    made = offline.build_environment({"MEDIAREC_HOME": str(tmp_path), "HF_HOME": "/models", "TORCH_HOME": ""})
    assert made["HF_HOME"] == "/models"
    others = {name: made[name] for name in offline.CACHES if name != "HF_HOME"}
    assert others == {name: str(tmp_path / offline.CACHES[name]) for name in others}
    assert made["MEDIAREC_HOME"] == str(tmp_path)


def test_every_child_of_the_supervisor_is_given_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that import nothing of ours as well: the language model's server loads libraries of its own."""
    for name in (*offline.SILENT, *offline.CACHES):
        monkeypatch.delenv(name)
    monkeypatch.setenv("MEDIAREC_HOME", str(tmp_path))
    child = Child(ChildSpec("says", [sys.executable, "-c", SAY], environment={"ORT_DISABLE_TELEMETRY": "0"}), tmp_path)
    child.start()
    assert child.process is not None
    child.process.wait(30)
    found = json.loads(child.log.read_text().splitlines()[-1])
    assert found.items() >= {**offline.SILENT, **offline.NO_HUB}.items()
    assert found["HF_HOME"] == str(tmp_path / offline.CACHES["HF_HOME"])
    assert found["TMPDIR"] == str(tmp_path / "tmp")
    assert (tmp_path / "tmp").is_dir()


def test_an_image_sets_them_for_whatever_runs_in_it() -> None:
    """The language model's container starts no program of ours."""
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    image = {
        name: value
        for line in lines[max(n for n, line in enumerate(lines) if line.startswith("FROM")) :]
        if line.startswith("ENV ")
        for name, value in (pair.split("=", 1) for pair in line.split()[1:])
    }
    assert image.items() >= offline.SILENT.items()
    assert not image.keys() & offline.NO_HUB.keys()  # which would outlast MEDIAREC_ALLOW_MODEL_DOWNLOADS
