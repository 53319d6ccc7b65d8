"""How this machine reaches its package registries, to be passed on: pip's and apt's own configuration, unchanged."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlparse

PASSED_ON = re.compile(
    r"PIP_.*|(HTTPS?|FTP|ALL|NO)_PROXY|(https?|ftp|all|no)_proxy|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE"
)
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d"))
INDEX_FOLDER = "simple"  # of a registry in the file system; its pages link to files that lie beside it


def list_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if PASSED_ON.fullmatch(name)}


def list_pip_files(home: Path, environment: Mapping[str, str]) -> list[Path]:
    """In the order in which pip reads them."""
    folders = environment.get("XDG_CONFIG_DIRS", "") or "/etc/xdg"
    found = [Path(folder) / "pip" / "pip.conf" for folder in reversed(folders.split(":"))]
    found += [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", home / ".config" / "pip" / "pip.conf"]
    if named := environment.get("PIP_CONFIG_FILE"):
        found.append(Path(named))
    return [path for path in found if path.is_file()]


def list_local_paths(pip_files: Iterable[Path], environment: Mapping[str, str]) -> list[Path]:
    """Files and folders that pip's settings name, without those that lie in another of them."""
    settings = [value for path in pip_files for value in _read_values(path)]
    settings += list_environment(environment).values()
    named = {path for value in settings for word in value.split() if (path := _read_path(word)) is not None}
    return sorted(path for path in named if not any(other in path.parents for other in named))


def list_apt_sources(codename: str, places: Iterable[Path] = SOURCES) -> list[Path]:
    """Files that name the distribution itself; those of other vendors add nothing to a bare machine."""
    files = [path for place in places for path in (sorted(place.iterdir()) if place.is_dir() else [place])]
    suites = {codename, f"{codename}-updates", f"{codename}-security"}
    found = []
    for path in files:
        if path.suffix in {".list", ".sources"} and path.is_file():
            words = set(_without_comments(path.read_text()).split())
            if suites & words and "main" in words:
                found.append(path)
    return found


def read_apt_settings() -> str:
    """Proxies, timeouts and checks, as apt itself reads them."""
    dumped = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in dumped.splitlines() if not line.startswith("Acquire::IndexTargets")) + "\n"


def read_codename(os_release: Path = Path("/etc/os-release")) -> str:
    lines = dict(line.partition("=")[::2] for line in os_release.read_text().splitlines())
    return lines.get("VERSION_CODENAME", "").strip('"')


def _read_values(path: Path) -> list[str]:
    parser = configparser.RawConfigParser()
    parser.read(path, encoding="utf-8")
    return [value for section in parser.sections() for value in parser[section].values()]


def _read_path(word: str) -> Path | None:
    """The local file or folder that a setting's word names, if it does and it is there."""
    parsed = urlparse(word)
    if parsed.scheme not in {"", "file"} or not (path := Path(unquote(parsed.path))).is_absolute():
        return None
    if not path.exists() or path in {Path("/"), BUNDLE.parent}:  # of certificates the root has a folder of its own
        return None
    return path.parent if path.is_dir() and path.name == INDEX_FOLDER else path


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def find_home() -> Path:
    return Path(os.environ.get("HOME") or "/root")
