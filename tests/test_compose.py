"""The containers of a server describe the same processes as `manage.py up`."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from worker import processes

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    yaml = pytest.importorskip("yaml")
    return dict(yaml.safe_load(FILE.read_text())["services"])


def list_queues(command: list[str]) -> set[str]:
    return set(command[command.index("-Q") + 1].split(",")) if "-Q" in command else set()


def test_containers_work_on_the_same_queues(services: dict[str, dict[str, Any]]) -> None:
    for name, spec in {
        "worker-light": processes.build_light_worker(),
        "worker-models": processes.build_models_worker(),
    }.items():
        assert list_queues(services[name]["command"]) == list_queues(list(spec.command))
    assert services["worker-models-gpu"]["command"] == services["worker-models"]["command"]
    assert list_queues(services["worker-light-more"]["command"]) == list_queues(services["worker-light"]["command"])


def test_profiles_add_a_gpu_and_more_workers(services: dict[str, dict[str, Any]]) -> None:
    extra = {name: service["profiles"] for name, service in services.items() if "profiles" in service}
    assert extra == {"worker-models-gpu": ["gpu"], "worker-light-more": ["scale"]}


def test_a_container_waits_only_for_containers_that_are_there(services: dict[str, dict[str, Any]]) -> None:
    awaited = {one for service in services.values() for one in service.get("depends_on", ())}
    assert awaited
    assert awaited <= services.keys()


def test_every_variable_of_the_containers_is_one_of_the_settings(services: dict[str, dict[str, Any]]) -> None:
    known = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    given = set(services["web"]["environment"])
    assert {"DATABASE_URL", "BROKER_URL", "LLM_URL"} <= given <= known


def test_no_password_stands_in_the_file() -> None:
    for line in FILE.read_text().splitlines():
        if "PASSWORD" in line and not line.startswith("#"):
            assert "${POSTGRES_PASSWORD:?" in line


@pytest.mark.optional
def test_the_compose_command_accepts_it(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("Docker with its compose plugin is not installed")
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "POSTGRES_PASSWORD": "x", "HOME": str(tmp_path)}
    profiles = ["--profile", "gpu", "--profile", "scale"]
    done = subprocess.run(
        [docker, "compose", *profiles, "config", "-q"], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
