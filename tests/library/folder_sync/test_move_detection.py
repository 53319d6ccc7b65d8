"""A moved file is known by its content, and by nothing less; no database is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediarec.library.folder_sync.diff import HERE, LEFT_OUT, MISSING, FolderDiff, KnownFile
from mediarec.library.folder_sync.move_detection import SyncPlan, detect_moves, list_suspects
from mediarec.library.scanning import FoundFile, hash_content

OLD = b"/gone/old.flac"


def write(path: Path, content: bytes) -> FoundFile:
    path.write_bytes(content)
    return FoundFile(bytes(path), len(content), 1, 1)


def known(file: FoundFile, row: int, state: int = HERE) -> KnownFile:
    return file.size_bytes, 0, None, state, row


def read(file: FoundFile) -> str:
    return hash_content(file.path, file.size_bytes)


def plan_for(found: FoundFile, was: FoundFile, state: int = HERE) -> SyncPlan:
    """One file was found, and another one, row 5, is not where it was."""
    return detect_moves(FolderDiff(added=[found], gone={OLD: known(was, 5, state)}), {5: read(was)})


@pytest.mark.parametrize("state", [HERE, MISSING])
def test_a_new_file_with_the_content_of_a_lost_one_is_that_file(tmp_path: Path, state: int) -> None:
    found = write(tmp_path / "a.flac", b"the same song")
    plan = plan_for(found, write(tmp_path / "b.flac", b"the same song"), state)
    assert plan == SyncPlan(moved=[(5, found)])


def test_a_file_of_the_same_size_with_other_content_is_another_file(tmp_path: Path) -> None:
    found = write(tmp_path / "a.flac", b"one song here")
    plan = plan_for(found, write(tmp_path / "b.flac", b"another song."))
    assert plan == SyncPlan(added=[found], removed=[5])


def test_what_was_left_out_is_no_lost_file(tmp_path: Path) -> None:
    found = write(tmp_path / "a.flac", b"the same song")
    plan = plan_for(found, write(tmp_path / "b.flac", b"the same song"), LEFT_OUT)
    assert plan == SyncPlan(added=[found], vanished_left_out=[5])


def test_one_lost_file_is_found_once(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, b"the same song") for name in ("a.flac", "b.flac"))
    plan = detect_moves(FolderDiff(added=[first, second], gone={OLD: known(first, 5)}), {5: read(first)})
    assert plan == SyncPlan(moved=[(5, first)], added=[second])


def test_of_two_lost_copies_the_same_file_on_disk_is_taken(tmp_path: Path) -> None:
    found = write(tmp_path / "a.flac", b"the same song")
    gone: dict[bytes, KnownFile] = {
        OLD: known(found, 5),
        b"/gone/other.flac": (found.size_bytes, 0, found.inode, HERE, 6),
    }
    plan = detect_moves(FolderDiff(added=[found], gone=gone), {5: read(found), 6: read(found)})
    assert plan == SyncPlan(moved=[(6, found)], removed=[5])


def test_a_file_that_was_touched_and_not_changed_is_no_new_file(tmp_path: Path) -> None:
    file = write(tmp_path / "a.flac", b"the same song")
    plan = detect_moves(FolderDiff(differing=[(file, known(file, 5))]), {5: read(file)})
    assert plan == SyncPlan(touched=[(5, file)])


def test_what_lies_in_a_folder_that_could_not_be_opened_is_not_removed(tmp_path: Path) -> None:
    file = write(tmp_path / "a.flac", b"the same song")
    plan = detect_moves(FolderDiff(gone={OLD: known(file, 5)}, unseen=[b"/gone"]), {})
    assert plan == SyncPlan()


def test_content_is_asked_for_only_where_the_size_fits(tmp_path: Path) -> None:
    file = write(tmp_path / "a.flac", b"the same song")
    gone: dict[bytes, KnownFile] = {OLD: known(file, 5), b"/gone/longer.flac": (999, 0, None, HERE, 6)}
    assert list_suspects(FolderDiff(added=[file], gone=gone)) == [5]
