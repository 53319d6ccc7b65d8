"""The list of mutations still fits the tree, and a list that does not is named in a sentence."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.mutations.__main__ import MOST_SURVIVORS, Pool, Verdict, check_unchanged, summarise
from tests.mutations.catalogue import Catalogue, Mutation, MutationError, list_problems, load_catalogue
from tests.mutations.workspace import FAILED, PASSED, Outcome, Workspace

TURNED = Mutation("turned", "a.py", "x - 1", "x + 1", ("test_a.py",))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("y = x - 1\n")
    (tmp_path / "test_a.py").write_text("")
    return tmp_path


def find_problems(tree: Path, *mutations: Mutation) -> list[str]:
    return list(list_problems(Catalogue(mutations, {"a": ("test_a.py",)}), tree))


def test_every_mutation_of_the_list_can_be_made() -> None:
    catalogue = load_catalogue()
    assert list(list_problems(catalogue)) == []
    assert len(catalogue.mutations) >= 50


def test_a_mutation_changes_one_place(tree: Path) -> None:
    assert TURNED.mutate("y = x - 1\n") == "y = x + 1\n"
    assert find_problems(tree, TURNED) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"old": "x * 1"}, "turned: 'x * 1' stands 0 times in a.py, not once."),
        ({"old": " "}, "turned: ' ' stands 4 times in a.py, not once."),
        ({"new": "x - 1"}, "turned: nothing is changed."),
        ({"new": "x -"}, "turned: a.py is no Python after it (invalid syntax)."),
        ({"file": "ab.py"}, "turned: there is no ab.py."),
        ({"tests": ("test_b.py",)}, "turned: there is no test_b.py."),
        ({"file": "b.py"}, "turned: no wider tests are named for b.py."),
    ],
)
def test_an_entry_that_does_not_fit_is_said_to(tree: Path, changed: dict[str, object], problem: str) -> None:
    assert problem in find_problems(tree, replace(TURNED, **changed))  # type: ignore[arg-type]


def test_a_name_stands_once(tree: Path) -> None:
    assert find_problems(tree, TURNED, TURNED) == ["turned: the name stands twice."]


def test_mutations_are_chosen_by_a_part_of_their_name() -> None:
    catalogue = Catalogue((TURNED, replace(TURNED, name="other")), {})
    assert [mutation.name for mutation in catalogue.select(["urn"])] == ["turned"]
    assert len(catalogue.select([])) == 2
    with pytest.raises(MutationError, match="'missing'"):
        catalogue.select(["missing"])


@pytest.mark.parametrize(("survivors", "code"), [(MOST_SURVIVORS, 0), (MOST_SURVIVORS + 1, 1)])
def test_more_than_two_survivors_fail_the_run(survivors: int, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = [Verdict(TURNED, Outcome(FAILED, ("test_a.py::test_x",)))]
    verdicts += [Verdict(TURNED, Outcome(PASSED), is_far=True)] * survivors
    assert summarise(verdicts) == code
    printed = capsys.readouterr().out
    assert f"1 of {survivors + 1} mutations were caught" in printed
    assert f"{survivors} survive, and 0 could not be tried." in printed


def test_a_run_that_could_not_start_is_no_catch(capsys: pytest.CaptureFixture[str]) -> None:
    assert summarise([Verdict(TURNED, Outcome(2, printed="no module named x"))]) == 1
    assert "no module named x" in capsys.readouterr().out


def test_a_test_that_fails_without_the_change_has_caught_nothing() -> None:
    workspace = cast(Workspace, SimpleNamespace(run_tests=lambda tests: Outcome(FAILED, ("test_a.py::test_x",))))
    pool = cast(Pool, SimpleNamespace(borrow=lambda: nullcontext(workspace)))
    verdicts = [Verdict(TURNED, Outcome(FAILED, (f"test_a.py::test_{name}",))) for name in "xy"]
    assert [verdict.word for verdict in check_unchanged(pool, verdicts)] == ["BROKEN", "caught"]
