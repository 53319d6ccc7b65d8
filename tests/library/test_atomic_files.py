"""A file is the former one or the new one, and nothing else is left in its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediarec.library.atomic_files import READ_BY_ALL, READ_BY_OWNER, write_atomically


@pytest.fixture
def path(tmp_path: Path) -> Path:
    former = tmp_path / "chosen.json"
    former.write_bytes(b"former")
    return former


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def list_names(path: Path) -> list[str]:
    return [found.name for found in path.parent.iterdir()]


def test_the_previous_file_stays_until_the_new_one_is_complete_on_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_at_sync: list[tuple[bytes, int]] = []
    monkeypatch.setattr(os, "fsync", lambda number: seen_at_sync.append((path.read_bytes(), os.fstat(number).st_size)))
    with write_atomically(path) as file:
        file.write(b"the new one")
        assert path.read_bytes() == b"former"
    assert seen_at_sync == [(b"former", len(b"the new one"))]
    assert path.read_bytes() == b"the new one"
    assert list_names(path) == ["chosen.json"]


@pytest.mark.parametrize("error", [ValueError("half way"), KeyboardInterrupt()])
def test_an_error_half_way_keeps_the_previous_file(path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)), write_atomically(path) as file:
        file.write(b"the first half")
        raise error
    assert path.read_bytes() == b"former"
    assert list_names(path) == ["chosen.json"]


def test_an_error_half_way_leaves_no_new_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="half way"), write_atomically(tmp_path / "new") as file:
        file.write(b"the first half")
        raise ValueError("half way")
    assert list(tmp_path.iterdir()) == []


def test_concurrent_writers_do_not_mix(path: Path) -> None:
    with write_atomically(path) as first, write_atomically(path) as second:
        first.write(b"first")
        second.write(b"second, longer")
    assert path.read_bytes() == b"first"
    assert list_names(path) == ["chosen.json"]


def test_a_name_of_maximum_length_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    with write_atomically(path) as file:
        file.write(b"content")
    assert path.read_bytes() == b"content"


@pytest.mark.parametrize(("mode", "expected"), [(None, 0o640), (READ_BY_ALL, 0o644), (READ_BY_OWNER, 0o600)])
def test_permissions_come_from_the_umask_or_the_mode(path: Path, mode: int | None, expected: int, umask: None) -> None:
    with write_atomically(path, mode) as file:
        file.write(b"content")
    assert stat.S_IMODE(path.stat().st_mode) == expected


def test_a_missing_folder_raises_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), write_atomically(tmp_path / "gone" / "file"):
        pass
