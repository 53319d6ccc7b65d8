"""`make mutate`: makes every mutation of the list in a copy of the tree, and says which of them no test notices."""

from __future__ import annotations

import argparse
import atexit
import os
import queue
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from tests.mutations.catalogue import Mutation, MutationError, list_problems, load_catalogue
from tests.mutations.workspace import FAILED, PASSED, Outcome, Workspace
from worker import embedded_postgres

MOST_SURVIVORS = 2
BROKEN_TEST = -1  # beside the exit codes of pytest


class Word(StrEnum):
    CAUGHT = "caught"
    CAUGHT_FAR = "caught further away"
    SURVIVES = "SURVIVES"
    BROKEN = "BROKEN"


@dataclass(frozen=True)
class Verdict:
    """`is_far`: only the wider tests noticed, or were asked."""

    mutation: Mutation
    outcome: Outcome
    is_far: bool = False

    @property
    def word(self) -> Word:
        if self.outcome.code == PASSED:
            return Word.SURVIVES
        if self.outcome.code != FAILED:
            return Word.BROKEN
        return Word.CAUGHT_FAR if self.is_far else Word.CAUGHT


class Pool:
    """Copies of the tree, lent to one run at a time."""

    def __init__(self, folder: Path, address: str, count: int) -> None:
        self._free: queue.Queue[Workspace] = queue.Queue()
        self._all = [Workspace(folder, address, number) for number in range(count)]
        self.count = count
        for number, workspace in enumerate(self._all):
            workspace.copy_tree()
            if number == 0:
                workspace.make_template()
            self._free.put(workspace)

    @contextmanager
    def borrow(self) -> Iterator[Workspace]:
        workspace = self._free.get()
        try:
            yield workspace
        finally:
            self._free.put(workspace)

    @contextmanager
    def threads(self) -> Iterator[ThreadPoolExecutor]:
        """As many as there are copies. On an error, or when somebody presses Ctrl-C, nothing goes on in them."""
        with ThreadPoolExecutor(self.count) as executor:
            try:
                yield executor
            except BaseException:
                executor.shutdown(wait=False, cancel_futures=True)
                for workspace in self._all:
                    workspace.stop()
                raise


def open_pool(count: int) -> Pool:
    """At exit the server stops first, then its folder goes."""
    folder = Path(tempfile.mkdtemp(prefix="mediarec-mutations-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = embedded_postgres.ensure_database(folder / "server")
    return Pool(folder, address, count)


def try_mutation(pool: Pool, mutation: Mutation, wider: Sequence[str]) -> Verdict:
    """`wider` are the tests to run where the listed ones notice nothing."""
    with pool.borrow() as workspace:
        file = workspace.folder / mutation.file
        source = file.read_text(encoding="utf-8")
        file.write_text(mutation.mutate(source), encoding="utf-8")
        try:
            outcome = workspace.run_tests(mutation.tests, "-x")
            if outcome.code != PASSED or not wider:
                return Verdict(mutation, outcome)
            return Verdict(mutation, workspace.run_tests(wider, "-x"), is_far=True)
        finally:
            file.write_text(source, encoding="utf-8")


def run_all(pool: Pool, wider: Mapping[Mutation, Sequence[str]]) -> list[Verdict]:
    """Of each mutation; `wider` maps it to the tests for what its own miss."""
    verdicts: list[Verdict] = []
    with pool.threads() as threads:
        running = [threads.submit(try_mutation, pool, mutation, tests) for mutation, tests in wider.items()]
        for finished in as_completed(running):
            verdicts.append(verdict := finished.result())
            say(f"{len(verdicts):3}/{len(wider)}  {verdict.word:20} {verdict.mutation.name}")
            for test in verdict.outcome.failed:
                say(f"         {test}")
    return verdicts


def check_unchanged(pool: Pool, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """A test that fails without the change, too, has caught nothing."""
    tests = sorted({test for verdict in verdicts for test in verdict.outcome.failed})
    if not tests:
        return list(verdicts)
    with pool.borrow() as workspace:
        unchanged = workspace.run_tests(tests)
    if unchanged.code not in (PASSED, FAILED):
        raise MutationError(f"Without any change the tests do not run:\n{unchanged.printed}")
    outcome = Outcome(BROKEN_TEST, unchanged.failed, "It fails without the change, too.")
    return [
        replace(verdict, outcome=outcome) if set(verdict.outcome.failed) & set(unchanged.failed) else verdict
        for verdict in verdicts
    ]


def summarise(verdicts: Sequence[Verdict]) -> int:
    """Prints the end of the report and returns the exit code."""
    counts = Counter(verdict.word for verdict in verdicts)
    caught = counts[Word.CAUGHT] + counts[Word.CAUGHT_FAR]
    say(f"\n{caught} of {len(verdicts)} mutations were caught, {counts[Word.CAUGHT_FAR]} of them further away;")
    say(f"{counts[Word.SURVIVES]} survive, and {counts[Word.BROKEN]} could not be tried.")
    for verdict in verdicts:
        mutation = verdict.mutation
        if verdict.word in (Word.SURVIVES, Word.BROKEN):
            say(f"\n{verdict.word}: {mutation.name}\n  {mutation.file}\n  - {mutation.old}\n  + {mutation.new}")
        if verdict.word == Word.BROKEN:
            say("\n".join(("", *verdict.outcome.failed, verdict.outcome.printed)))
    return 1 if counts[Word.BROKEN] or counts[Word.SURVIVES] > MOST_SURVIVORS else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="those whose name contains this")
    parser.add_argument("--list", action="store_true", help="print the list and run nothing")
    parser.add_argument("--quick", action="store_true", help="run the listed tests alone, no wider ones")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="runs at once (%(default)s)")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # as Ctrl-C: nothing is left running
    catalogue = load_catalogue()
    try:
        if problems := list(list_problems(catalogue)):
            raise MutationError("\n".join(problems))
        mutations = catalogue.select(chosen.only)
        if chosen.list:
            for mutation in mutations:
                say(f"{mutation.name}\n    {mutation.file}: {mutation.old!r} -> {mutation.new!r}")
            return 0
        started = time.monotonic()
        pool = open_pool(max(1, min(chosen.jobs, len(mutations))))
        wider = {mutation: () if chosen.quick else catalogue.find_wider(mutation) for mutation in mutations}
        code = summarise(check_unchanged(pool, run_all(pool, wider)))
        say(f"{(time.monotonic() - started) / 60:.1f} minutes.")
        return code
    except MutationError as error:
        say(str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
