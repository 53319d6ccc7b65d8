"""Move detection: separates moved from new files, and touched from changed ones, by content hash. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from mediarec.library.folder_sync.diff import HERE, LEFT_OUT, MISSING, FolderDiff, KnownFile, is_below
from mediarec.library.scanning import FoundFile, hash_content


@dataclass
class SyncPlan:
    """The changes to apply, as row IDs and files; `vanished_left_out` are rows of skipped files that no longer
    exist."""

    moved: list[tuple[int, FoundFile]] = field(default_factory=list)
    touched: list[tuple[int, FoundFile]] = field(default_factory=list)
    changed: list[FoundFile] = field(default_factory=list)
    added: list[FoundFile] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    overwritten: list[int] = field(default_factory=list)  # another file was moved over them
    vanished_left_out: list[int] = field(default_factory=list)


def list_suspects(diff: FolderDiff) -> list[int]:
    """Rows whose content hash is needed: lost or differing files with the size of an added or differing one."""
    sizes = {file.size_bytes for file in diff.added} | {file.size_bytes for file, _ in diff.differing}
    rows = [known_file[4] for known_file in diff.gone.values() if known_file[3] != LEFT_OUT and known_file[0] in sizes]
    return rows + [
        known_file[4] for _, known_file in diff.differing if known_file[3] != LEFT_OUT and known_file[0] in sizes
    ]


def detect_moves(diff: FolderDiff, contents: Mapping[int, str]) -> SyncPlan:
    """`contents` maps the rows of `list_suspects` to content hashes. Hashes files without a row, and only if a lost
    file has the same size."""
    plan = SyncPlan(back=list(diff.returned))
    pool = _Pool(diff, contents)
    claimed: dict[int, FoundFile] = {}
    differing: list[tuple[FoundFile, KnownFile]] = []
    for file, known_file in diff.differing:
        if known_file[3] != LEFT_OUT and known_file[0] == file.size_bytes and pool.holds(file, known_file[4]):
            _add_touched(plan, known_file, file)
            pool.take(known_file[4], file.size_bytes)
        else:
            differing.append((file, known_file))
    for file in diff.added:
        row = pool.find(file)
        if row is None:
            plan.added.append(file)
        else:
            claimed[row] = file
    _plan_differing(plan, differing, pool, claimed)
    plan.moved = list(claimed.items())
    _plan_gone(plan, diff, claimed)
    return plan


def _add_touched(plan: SyncPlan, known_file: KnownFile, file: FoundFile) -> None:
    plan.touched.append((known_file[4], file))
    if known_file[3] == MISSING:
        plan.back.append(known_file[4])


def _plan_differing(
    plan: SyncPlan, differing: list[tuple[FoundFile, KnownFile]], pool: _Pool, claimed: dict[int, FoundFile]
) -> None:
    """New content at a known path: another file moved over it, or the same file rewritten."""
    for file, known_file in differing:
        row = pool.find(file) if known_file[3] != LEFT_OUT else None
        if row is not None and row != known_file[4]:
            claimed[row] = file
            if known_file[4] not in claimed:
                plan.overwritten.append(known_file[4])
        elif known_file[4] in claimed and known_file[3] != LEFT_OUT:
            plan.added.append(file)  # the previous file moved elsewhere, and this one is new
        else:
            plan.changed.append(file)
    plan.overwritten = [row for row in plan.overwritten if row not in claimed]


def _plan_gone(plan: SyncPlan, diff: FolderDiff, claimed: Mapping[int, FoundFile]) -> None:
    for path, known_file in diff.gone.items():
        if is_below(path, diff.unseen) or (known_file[4] in claimed and known_file[3] != LEFT_OUT):
            continue
        if known_file[3] == LEFT_OUT:
            plan.vanished_left_out.append(known_file[4])
        elif known_file[3] == HERE:
            plan.removed.append(known_file[4])


class _Pool:
    """Lost files by size and content hash; each can be claimed once."""

    def __init__(self, diff: FolderDiff, contents: Mapping[int, str]) -> None:
        self._contents = contents
        self._by_size: dict[int, list[KnownFile]] = defaultdict(list)
        self._hashes: dict[bytes, str | None] = {}
        unseen = diff.unseen
        lost = [
            known_file
            for path, known_file in diff.gone.items()
            if known_file[3] != LEFT_OUT and not is_below(path, unseen)
        ]
        for known_file in (*lost, *(known_file for _, known_file in diff.differing if known_file[3] != LEFT_OUT)):
            if known_file[4] in contents:
                self._by_size[known_file[0]].append(known_file)

    def find(self, file: FoundFile) -> int | None:
        """Claims the row of a lost file with this content, preferring the same inode, then the same mtime."""
        candidates = self._by_size.get(file.size_bytes, [])
        content = self._read(file) if candidates else None
        fitting = [known_file for known_file in candidates if content and self._contents[known_file[4]] == content]
        if not fitting:
            return None
        chosen = max(
            fitting,
            key=lambda known_file: (known_file[2] == file.inode, known_file[1] == file.mtime_ns, known_file[3] == HERE),
        )
        self.take(chosen[4], file.size_bytes)
        return chosen[4]

    def holds(self, file: FoundFile, row: int) -> bool:
        return row in self._contents and self._read(file) == self._contents[row]

    def take(self, row: int, size_bytes: int) -> None:
        self._by_size[size_bytes] = [known_file for known_file in self._by_size[size_bytes] if known_file[4] != row]

    def _read(self, file: FoundFile) -> str | None:
        """The content hash; None if unreadable, which the import of new files will report."""
        if file.path not in self._hashes:
            try:
                self._hashes[file.path] = hash_content(file.path, file.size_bytes)
            except OSError:
                self._hashes[file.path] = None
        return self._hashes[file.path]
