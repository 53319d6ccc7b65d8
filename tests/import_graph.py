"""The project's imports as a graph, those inside functions too. Reads source alone and loads nothing of it."""

from collections.abc import Mapping, Set
from functools import cache
from graphlib import CycleError, TopologicalSorter

import grimp

ROOTS = ("mediarec", "recommender", "worker", "benchmarks")
Graph = Mapping[str, Set[str]]


@cache
def read_imports() -> Graph:
    """What each module imports of the project."""
    graph = grimp.build_graph(*ROOTS, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def list_packages(imports: Graph) -> list[str]:
    """Every package that has modules or packages in it."""
    return sorted({module.rpartition(".")[0] for module in imports} - {""})


def fold(imports: Graph, package: str) -> dict[str, set[str]]:
    """The imports between the direct children of a package, each standing for all that lies below it."""
    folded: dict[str, set[str]] = {}
    for module, imported in imports.items():
        child = _find_child(module, package)
        if child:
            folded.setdefault(child, set()).update(_find_child(one, package) for one in imported)
    return {child: imported - {child, ""} for child, imported in folded.items()}


def describe_circle(imports: Graph) -> str | None:
    """A circle as a sentence, or None where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return f"{' imports '.join(reversed(error.args[1]))}: a circle."
    return None


def _find_child(module: str, package: str) -> str:
    """The direct child of the package that the module is or belongs to; "" for a module from elsewhere."""
    if not module.startswith(f"{package}."):
        return ""
    return f"{package}.{module.removeprefix(f'{package}.').partition('.')[0]}"
