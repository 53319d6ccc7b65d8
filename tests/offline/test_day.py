"""What an installation says of itself: nothing leaves the machine, and everything lies in its home."""

from __future__ import annotations

import re

import pytest

from tests.machine import find_chromium
from tests.offline import commands
from tests.offline.day import Day
from worker import processes

pytestmark = [pytest.mark.watched, pytest.mark.timeout(1800)]
PROCESSES = {"supervisor", "broker", "web", "worker-light", "worker-models", "beat"}


def test_nothing_reaches_beyond_this_machine(day: Day) -> None:
    assert [str(attempt) for attempt in day.attempts] == []


def test_nothing_lies_outside_the_home(day: Day) -> None:
    assert day.strays == []


def test_every_process_was_there(day: Day) -> None:
    llm = {"llm"} if processes.is_llm_installed() and processes.find_gguf() else set()
    assert day.running == PROCESSES | llm


def test_the_pages_were_used(day: Day) -> None:
    assert len(day.pages) > 60
    assert {"/", "/chat/", "/models/", "/admin/", "/admin/library/item/", "/api/docs"} <= day.pages.keys()
    assert "event: done" in day.words


@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine (Debian's package chromium)")
@pytest.mark.browser
def test_a_browser_is_sent_nowhere_else(day: Day) -> None:
    assert day.asked_elsewhere == []


def test_no_command_is_forgotten() -> None:
    assert set(commands.LINES) == commands.list_own()


@pytest.mark.parametrize("name", commands.LINES)
def test_every_command_was_run(day: Day, name: str) -> None:
    """With that much effect; what it tried to send is in the first test."""
    for ended in day.commands[name]:
        if name in commands.REFUSING:
            assert commands.REFUSING[name] in ended.output
        else:
            assert ended.code == 0, ended.output
            assert re.search(commands.SAYING.get(name, ""), ended.output), ended.output


def test_every_command_of_a_library_was_loaded(day: Day) -> None:
    assert day.others.code == 0, day.others.output
    assert day.others.output.split() == [name for name, _ in commands.list_others()]


def test_no_log_holds_the_token_of_the_first_run_link(day: Day) -> None:
    token = day.link.rsplit("/", 1)[1]
    assert len(token) > 20
    assert day.logs
    assert [name for name, text in day.logs.items() if token in text] == []
