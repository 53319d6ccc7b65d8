"""One day of an installation under the watch: everything runs, is used by hand and by command, and is stopped."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import APIRequestContext, Page

from tests.offline.commands import SCRIPT_FOR_OTHERS, list_lines, list_others
from tests.offline.files import make_files
from tests.offline.installation import Ended, Installation
from tests.offline.visitor import Visitor
from tests.offline.watch import Attempt, Watch

# ONNX Runtime as it comes reports ten seconds after its first session; here every process has longer.
REPORTING_SECONDS = 15.0
COMMANDS_AT_ONCE = 2


@dataclass
class Day:
    """What became of it."""

    attempts: list[Attempt] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    asked_elsewhere: list[str] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    pages: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    commands: dict[str, list[Ended]] = field(default_factory=lambda: defaultdict(list))
    others: Ended = field(default_factory=lambda: Ended(1, ""))
    logs: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    address: str = ""
    loaded_at: float = 0.0


def live(folder: Path, watch: Watch, sending: APIRequestContext, page: Page | None) -> Day:
    installation, files, day = Installation(folder / "installation", watch), make_files(folder / "files"), Day()
    try:
        day.address, day.link = installation.address, installation.up()
        visitor = Visitor(installation.address, sending, page)
        _move_in(visitor, day.link, files, installation)
        with ThreadPoolExecutor(COMMANDS_AT_ONCE) as hands:
            lines = list_lines(files)
            ended = [hands.submit(installation.manage, *line.arguments, given=line.typed) for line in lines]
            others = hands.submit(
                installation.run, [sys.executable, "-c", SCRIPT_FOR_OTHERS.format(others=list_others())]
            )
            _use(visitor, files, day)
        for line, one in zip(lines, ended, strict=True):
            day.commands[line.command].append(one.result())
        day.others = others.result()
        time.sleep(max(0.0, day.loaded_at + REPORTING_SECONDS - time.monotonic()))
        day.running, day.asked_elsewhere = installation.list_running(), visitor.asked_elsewhere
    finally:
        installation.stop()
    day.attempts, day.strays = watch.list_attempts(), installation.list_strays()
    day.logs = {path.name: path.read_text(errors="replace") for path in (installation.home / "logs").iterdir()}
    return day


def _move_in(visitor: Visitor, link: str, files: Mapping[str, Path], installation: Installation) -> None:
    visitor.make_account(link)
    visitor.bring_in(files["history"])
    visitor.bring_in(files["table"])
    visitor.bring_in(files["music"])
    installation.hurry()
    visitor.watch_folder(files["films"], film="Harbour Film")
    visitor.wait_until_all_is_read()
    visitor.send("/models/switch", {"paused": "1"})  # the demo's thousand works need not be read


def _use(visitor: Visitor, files: Mapping[str, Path], day: Day) -> None:
    visitor.like_the_first("quiet")
    visitor.search_by_picture(files["picture"])
    day.words = visitor.chat("a slow film with a grumpy ferryman")
    visitor.make_playlist("calm music, 20 minutes")
    visitor.send("/accuracy/learn", {})
    day.loaded_at = time.monotonic()  # of every model that a process of `up` keeps
    day.pages = visitor.open_every_page()
