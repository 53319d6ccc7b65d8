"""No module is imported by what it imports, and no package by what it stands on, imports inside functions counted."""

import pytest

from tests.import_graph import describe_circle, fold, list_packages, read_imports

IMPORTS = read_imports()


def test_a_circle_is_found_and_named() -> None:
    imports = {
        "a.b.x": {"a.c.y"},
        "a.c.y": {"a.d"},
        "a.d": {"other"},
        "other": set[str](),
        "a.c.z": {"a.b.w"},
        "a.b.w": set[str](),
    }
    assert describe_circle(imports) is None
    packages = fold(imports, "a")
    assert packages == {"a.b": {"a.c"}, "a.c": {"a.d", "a.b"}, "a.d": set()}
    assert describe_circle(packages) in {
        "a.b imports a.c imports a.b: a circle.",
        "a.c imports a.b imports a.c: a circle.",
    }


def test_imports_inside_functions_are_seen() -> None:
    assert "recommender.enrichment" in IMPORTS["worker.tasks.enrichment"]


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert len(IMPORTS) > 400
    circle = describe_circle(IMPORTS)
    assert circle is None, circle


@pytest.mark.parametrize("package", list_packages(IMPORTS))
def test_nothing_inside_a_package_stands_in_a_circle(package: str) -> None:
    circle = describe_circle(fold(IMPORTS, package))
    assert circle is None, circle
