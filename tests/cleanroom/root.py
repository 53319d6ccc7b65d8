"""A minimal Debian in a folder, with an ordinary user in it. What is mounted or started ends with the namespace."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.cleanroom import host

PACKAGES = ("python3", "python3-venv", "make", "ca-certificates")
USER, USER_ID = "guest", 1000
PROJECT = "mediarec"


@dataclass
class Root:
    """`environment` is what the user has besides a name and a path."""

    folder: Path
    log: IO[str]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The user's, as this machine sees it."""
        return self.folder / "home" / USER

    @property
    def project(self) -> Path:
        return self.home / PROJECT

    def run(self, *command: str, timeout_seconds: float, **environment: str) -> subprocess.CompletedProcess[str]:
        """As the user, in the project's folder; what it prints goes into the result and into the log."""
        done = subprocess.run(
            self.build_command(command, environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
        self.log.write(f"\n$ {' '.join(command)}\n{done.stdout}[{done.returncode}]\n")
        self.log.flush()
        return done

    def start(self, *command: str, printed: Path, **environment: str) -> subprocess.Popen[str]:
        """The same in the background, in a session of its own."""
        with printed.open("w") as output:
            return subprocess.Popen(
                self.build_command(command, environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def build_command(self, command: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        own = {"HOME": f"/home/{USER}", "USER": USER, "LOGNAME": USER, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        given = [f"{name}={value}" for name, value in {**self.environment, **own, **environment}.items()]
        enter = ["chroot", f"--userspec={USER_ID}:{USER_ID}", str(self.folder), "env", "-i", *given]
        return [*enter, "sh", "-c", f'cd ~/{PROJECT} && exec "$@"', "sh", *command]


def make_root(root: Root, codename: str, sources: Sequence[Path], apt_settings: str) -> None:
    """Debian's essential packages and apt, what the README asks for, and nothing else."""
    settings = root.folder.with_name("apt.conf")
    settings.write_text(apt_settings)
    options = ["--variant=minbase", f"--include={','.join(PACKAGES)}", f"--aptopt={settings}", "--format=directory"]
    _call(root, "mmdebstrap", "--quiet", *options, codename, str(root.folder), *map(str, sources))
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", root.folder / "etc" / name)
    _call(root, "chroot", str(root.folder), "useradd", "--create-home", "--uid", str(USER_ID), USER)
    for kind, place in (("proc", "proc"), ("sysfs", "sys"), ("tmpfs", "dev/shm")):
        _call(root, "mount", "-t", kind, kind, str(root.folder / place))


def pass_configuration_on(root: Root, environment: Mapping[str, str]) -> None:
    """pip finds in the root what it finds outside: its files, its environment, and the folders that they name."""
    files = host.list_pip_files(host.find_home(), environment)
    for path in files:
        inside = Path("/home") / USER / path.relative_to(host.find_home()) if _is_users(path) else path
        _copy(root, path, inside)
    for path in host.list_local_paths(files, environment):
        if path.is_dir():
            _bind(root, path)
        else:
            _copy(root, path, path)
    if host.BUNDLE.is_file():
        _copy(root, host.BUNDLE, host.BUNDLE)
    root.environment.update(host.list_environment(environment))


def copy_checkout(root: Root, checkout: Path) -> str:
    """The last commit, without what git ignores or what was not committed; returns its short name."""
    git = ["git", "-c", f"safe.directory={checkout}", "-C", str(checkout)]
    archive = root.folder.with_name("checkout.tar")
    _call(root, *git, "archive", "--output", str(archive), "HEAD")
    root.project.mkdir()
    _call(root, "tar", "-x", "-f", str(archive), "-C", str(root.project))
    _call(root, "chown", "-R", f"{USER_ID}:{USER_ID}", str(root.home))
    found = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def _is_users(path: Path) -> bool:
    return host.find_home() in path.parents


def _copy(root: Root, path: Path, inside: Path) -> None:
    target = root.folder / inside.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    shutil.copyfile(path, target)
    target.chmod(0o644)


def _bind(root: Root, path: Path) -> None:
    target = root.folder / path.relative_to("/")
    target.mkdir(parents=True, exist_ok=True)
    _call(root, "mount", "--bind", str(path), str(target))
    _call(root, "mount", "-o", "remount,bind,ro", str(target))


def _call(root: Root, *command: str) -> None:
    """As this machine's administrator; raises CalledProcessError, and the log says why."""
    root.log.write(f"\n# {' '.join(command)}\n")
    root.log.flush()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=root.log, stderr=root.log, check=True)
