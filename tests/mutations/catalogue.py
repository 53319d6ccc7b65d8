"""The list of mutations: read, checked against the tree, and applied to a copy of it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("mutations.toml")


class MutationError(Exception):
    """A mutation that cannot be made as the list says, in one sentence."""


@dataclass(frozen=True)
class Mutation:
    """`old` stands exactly once in `file` and becomes `new`; `tests` are the files that should notice."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def mutate(self, source: str) -> str:
        """The text of the file with the fault in it. Raises MutationError where that is not one change."""
        if (count := source.count(self.old)) != 1:
            raise MutationError(f"{self.name}: {self.old!r} stands {count} times in {self.file}, not once.")
        if self.old == self.new:
            raise MutationError(f"{self.name}: nothing is changed.")
        changed = source.replace(self.old, self.new)
        try:
            compile(changed, self.file, "exec")
        except SyntaxError as error:
            raise MutationError(f"{self.name}: {self.file} is no Python after it ({error.msg}).") from error
        return changed


@dataclass(frozen=True)
class Catalogue:
    """`wider` are the tests for what the listed ones miss, by the beginning of the changed file's path."""

    mutations: tuple[Mutation, ...]
    wider: Mapping[str, tuple[str, ...]]

    def find_wider(self, mutation: Mutation) -> tuple[str, ...]:
        return next(tests for start, tests in self.wider.items() if mutation.file.startswith(start))

    def select(self, names: Sequence[str]) -> tuple[Mutation, ...]:
        """Those whose name contains one of these; all of them without any. Raises MutationError for none."""
        chosen = tuple(m for m in self.mutations if not names or any(name in m.name for name in names))
        if not chosen:
            raise MutationError(f"No mutation is called {' or '.join(map(repr, names))}.")
        return chosen


def load_catalogue(path: Path = LIST) -> Catalogue:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    mutations = tuple(Mutation(**{**row, "tests": tuple(row["tests"])}) for row in told["mutation"])
    return Catalogue(mutations, {start: tuple(tests) for start, tests in told["wider"].items()})


def list_problems(catalogue: Catalogue, root: Path = ROOT) -> Iterator[str]:
    """Sentences about what of the list does not fit the tree any more; nothing where all of it does."""
    names = [mutation.name for mutation in catalogue.mutations]
    yield from (f"{name}: the name stands twice." for name in sorted({n for n in names if names.count(n) > 1}))
    for mutation in catalogue.mutations:
        if not any(mutation.file.startswith(start) for start in catalogue.wider):
            yield f"{mutation.name}: no wider tests are named for {mutation.file}."
        missing = [file for file in (mutation.file, *mutation.tests) if not (root / file).exists()]
        yield from (f"{mutation.name}: there is no {file}." for file in missing)
        if not missing:
            try:
                mutation.mutate((root / mutation.file).read_text(encoding="utf-8"))
            except MutationError as error:
                yield str(error)
    named = {test for tests in catalogue.wider.values() for test in tests}
    yield from (f"There is no {test} among the wider tests." for test in sorted(named) if not (root / test).exists())
