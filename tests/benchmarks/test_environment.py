"""A result names the code it came from, where that can be known."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import environment


def test_without_git_the_code_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.describe_machine()["commit"] == "unknown"


def test_outside_of_a_checkout_the_code_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    assert environment.read_commit() == "unknown"
