"""Tells moved files from new ones and touched ones from changed ones, by their content. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from mediarec.library.folder_sync.diff import HERE, LEFT_OUT, MISSING, FolderDiff, KnownFile, is_below
from mediarec.library.scanning import FoundFile, hash_content


@dataclass
class SyncPlan:
    """What is to be done about a comparison. Numbers are rows of files; `vanished_left_out` rows of what was left
    out and is not there any more."""

    moved: list[tuple[int, FoundFile]] = field(default_factory=list)
    touched: list[tuple[int, FoundFile]] = field(default_factory=list)
    changed: list[FoundFile] = field(default_factory=list)
    added: list[FoundFile] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    overwritten: list[int] = field(default_factory=list)  # another file was moved to their path
    vanished_left_out: list[int] = field(default_factory=list)


def list_suspects(found: FolderDiff) -> list[int]:
    """Rows whose content must be known to sort a comparison out: of the same size as something that was found."""
    sizes = {file.size_bytes for file in found.added} | {file.size_bytes for file, _ in found.differing}
    lost = [was[4] for was in found.gone.values() if was[3] != LEFT_OUT and was[0] in sizes]
    return lost + [was[4] for _, was in found.differing if was[3] != LEFT_OUT and was[0] in sizes]


def detect_moves(found: FolderDiff, contents: Mapping[int, str]) -> SyncPlan:
    """`contents` maps the rows of `list_suspects` to what their files held. Reads what has no row of its own yet, and
    only where a lost file had the same size."""
    plan = SyncPlan(back=list(found.back))
    pool = _Pool(found, contents)
    claimed: dict[int, FoundFile] = {}
    differing: list[tuple[FoundFile, KnownFile]] = []
    for file, was in found.differing:
        if was[3] != LEFT_OUT and was[0] == file.size_bytes and pool.holds(file, was[4]):
            _keep(plan, was, file)
            pool.take(was[4], file.size_bytes)
        else:
            differing.append((file, was))
    for file in found.added:
        row = pool.find(file)
        if row is None:
            plan.added.append(file)
        else:
            claimed[row] = file
    _sort_differing(plan, differing, pool, claimed)
    plan.moved = list(claimed.items())
    _sort_gone(plan, found, claimed)
    return plan


def _keep(plan: SyncPlan, was: KnownFile, file: FoundFile) -> None:
    plan.touched.append((was[4], file))
    if was[3] == MISSING:
        plan.back.append(was[4])


def _sort_differing(
    plan: SyncPlan, differing: list[tuple[FoundFile, KnownFile]], pool: _Pool, claimed: dict[int, FoundFile]
) -> None:
    """Another content at a known path: a file that was moved over it, or the file itself, written anew."""
    for file, was in differing:
        row = pool.find(file) if was[3] != LEFT_OUT else None
        if row is not None and row != was[4]:
            claimed[row] = file
            if was[4] not in claimed:
                plan.overwritten.append(was[4])
        elif was[4] in claimed and was[3] != LEFT_OUT:
            plan.added.append(file)  # what lay here is elsewhere now, and this is something new
        else:
            plan.changed.append(file)
    plan.overwritten = [row for row in plan.overwritten if row not in claimed]


def _sort_gone(plan: SyncPlan, found: FolderDiff, claimed: Mapping[int, FoundFile]) -> None:
    for path, was in found.gone.items():
        if is_below(path, found.unseen) or (was[4] in claimed and was[3] != LEFT_OUT):
            continue
        if was[3] == LEFT_OUT:
            plan.vanished_left_out.append(was[4])
        elif was[3] == HERE:
            plan.removed.append(was[4])


class _Pool:
    """Rows whose file is not where it was, by what it held; each is found once."""

    def __init__(self, found: FolderDiff, contents: Mapping[int, str]) -> None:
        self._contents = contents
        self._by_size: dict[int, list[KnownFile]] = defaultdict(list)
        self._hashes: dict[bytes, str | None] = {}
        unseen = found.unseen
        lost = [was for path, was in found.gone.items() if was[3] != LEFT_OUT and not is_below(path, unseen)]
        for was in (*lost, *(was for _, was in found.differing if was[3] != LEFT_OUT)):
            if was[4] in contents:
                self._by_size[was[0]].append(was)

    def find(self, file: FoundFile) -> int | None:
        """The row of a lost file with this content; the one that was the very same file on disk before others."""
        candidates = self._by_size.get(file.size_bytes, [])
        content = self._read(file) if candidates else None
        fitting = [was for was in candidates if content and self._contents[was[4]] == content]
        if not fitting:
            return None
        chosen = max(fitting, key=lambda was: (was[2] == file.inode, was[1] == file.mtime_ns, was[3] == HERE))
        self.take(chosen[4], file.size_bytes)
        return chosen[4]

    def holds(self, file: FoundFile, row: int) -> bool:
        return row in self._contents and self._read(file) == self._contents[row]

    def take(self, row: int, size_bytes: int) -> None:
        self._by_size[size_bytes] = [was for was in self._by_size[size_bytes] if was[4] != row]

    def _read(self, file: FoundFile) -> str | None:
        """None for what cannot be read now; it is read with the new ones, which say why."""
        if file.path not in self._hashes:
            try:
                self._hashes[file.path] = hash_content(file.path, file.size_bytes)
            except OSError:
                self._hashes[file.path] = None
        return self._hashes[file.path]
