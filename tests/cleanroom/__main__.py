"""`make cleanroom`: a bare Debian is made in a folder, and an ordinary user goes from a fresh checkout to a found clip.

Needs an administrator who may mount, and mmdebstrap. Everything happens in namespaces of its own, so that whatever was
mounted or started is gone when it ends; the folder is removed then.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.cleanroom import host
from tests.cleanroom.root import Root, copy_checkout, make_root, pass_configuration_on
from tests.cleanroom.visit import SOME_TESTS, Outcome, Visit, time_step

CHECKOUT = Path(__file__).resolve().parents[2]
TOOLS = ("mmdebstrap", "unshare", "chroot", "mount", "git", "tar")
NAMESPACES = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc")
NEEDED_BYTES = 7 * 2**30
LOG_LINES = 60


def main() -> int:
    options = read_options()
    if options.inside:
        return run_as_first_process(lambda: visit(Path(options.inside), read_tests(options.tests), options.minutes))
    place = Path(tempfile.gettempdir())
    if obstacle := find_obstacle(place):
        say(f"The clean room was not entered: {obstacle}")
        return 0 if options.ci else 2
    folder = Path(tempfile.mkdtemp(prefix="mediarec-cleanroom-", dir=place))
    folder.chmod(0o755)  # a user passes through it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        return enter(folder, options.tests, options.minutes)
    finally:
        if options.keep:
            say(f"Kept: {folder}")
        else:
            shutil.rmtree(folder)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make cleanroom", description=__doc__)
    parser.add_argument("--tests", default="", help="paths for `make test`, or all; some that matter here by default")
    parser.add_argument("--minutes", type=float, default=60.0, help="what takes longer has failed")
    parser.add_argument("--keep", action="store_true", help="leave the folder with root and logs")
    parser.add_argument("--ci", action="store_true", help="where it cannot be done, say so and end well")
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def read_tests(text: str) -> tuple[str, ...]:
    return () if text == "all" else tuple(text.split()) or SOME_TESTS


def find_obstacle(place: Path) -> str:
    """Why it cannot be done here, as a sentence."""
    if os.geteuid() != 0:
        return "it needs root, to mount and to change the root folder."
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} is not installed (on Debian and Ubuntu: apt install {' '.join(missing)})."
    probe = [*NAMESPACES, "sh", "-c", "mount -t tmpfs none /mnt && chroot / true"]
    tried = subprocess.run(probe, capture_output=True, text=True, check=False)
    if tried.returncode:
        reason = (tried.stderr.strip() or "no reason given").splitlines()[0]
        return f"mounts or namespaces are not allowed here ({reason})."
    if not host.list_apt_sources(host.read_codename()):
        return "this system's apt names no sources of its own distribution."
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        return (
            f"{place} has {free // 2**30} GB free, and {NEEDED_BYTES // 2**30} are needed; TMPDIR names another place."
        )
    return ""


def enter(folder: Path, tests: str, minutes: float) -> int:
    """In namespaces that end with their first process, whichever way this one ends."""
    given = ["--inside", str(folder), "--tests", tests, "--minutes", str(minutes)]
    process = subprocess.Popen([*NAMESPACES, sys.executable, "-m", "tests.cleanroom", *given], cwd=CHECKOUT)
    try:
        return process.wait()
    finally:
        process.kill()
        process.wait()


def run_as_first_process(work: Callable[[], int]) -> int:
    """The first process of a namespace has to wait for every orphan, as an init does."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work()
        except BaseException:  # noqa: BLE001 - a forked child must not go on as its parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    while True:
        ended, status = os.wait()
        if ended == child:
            return os.waitstatus_to_exitcode(status)


def visit(folder: Path, tests: tuple[str, ...], minutes: float) -> int:
    with (folder / "log").open("w") as log:
        root = Root(folder / "root", log)
        newcomer = Visit(root, tests, minutes)
        outcomes = [time_step("a bare Debian with python3, venv and make", lambda: prepare(root))]
        show(outcomes)
        if outcomes[0].is_passed:
            for outcome in newcomer.take():
                outcomes.append(outcome)
                show([outcome])
    is_passed = all(outcome.is_passed for outcome in outcomes)
    for line in newcomer.skipped:
        say(line)
    if not is_passed:
        say("\n".join((folder / "log").read_text(errors="replace").splitlines()[-LOG_LINES:]))
    say(f"{'PASS' if is_passed else 'FAIL'} in {sum(outcome.seconds for outcome in outcomes):.0f} s")
    return 0 if is_passed else 1


def prepare(root: Root) -> str:
    codename = host.read_codename()
    make_root(root, codename, host.list_apt_sources(codename), host.read_apt_settings())
    pass_configuration_on(root, os.environ)
    commit = copy_checkout(root, CHECKOUT)
    return f"{codename}, commit {commit}"


def show(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        result = "PASS" if outcome.is_passed else "FAIL"
        say(f"{result}  {outcome.seconds:6.0f} s  {outcome.step:42}  {outcome.note}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
