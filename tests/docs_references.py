"""What the documents name of the project: commands, options, paths, addresses, variables, modules and classes.

Each check takes one piece of code of a document, as it stands in backticks or in an indented block, and returns what it
names and what is not there.
"""

import argparse
import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from importlib import import_module
from itertools import product

from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, resolve

from tests.source_files import ROOT, list_source_files

FOLDERS = ("mediarec", "recommender", "worker", "benchmarks", "tests", "docs", "templates", "static")
OURS = (".py", ".md", ".html", ".toml", ".yml", ".json", ".txt")
# Files of other programs and of data sets, and folders that come into being at run time, below MEDIAREC_HOME.
FOREIGN = frozenset(
    {"config.json", "preprocessor_config.json", "tokenizer.json", "dbpedia_abstracts.json", "sequences.txt", "A.json"}
    | {
        "B.json",
        "artwork/",
        "logs/",
        "postgres/",
        "posters/",
        "rankers/",
        "run/",
        "uploads/",
        "cache/",
        "tmp/",
        "MediaListCollection",
    }
)
PATH = re.compile(r"[\w.{},-]+(?:/[\w.{},-]+)*/?")
ROOTED = re.compile(rf"(?<![\w/.-])(?:{'|'.join(FOLDERS)})/[\w./{{}},-]*[\w/}}]")
COMMAND = re.compile(r"manage\.py (\w+)([^`|]*)")
VARIABLE = re.compile(r"(?:MEDIAREC|LLM)_[A-Z_]+|(?:BROKER|DATABASE)_URL")
DOTTED = re.compile(r"(?:mediarec|recommender|worker|benchmarks)(?:\.\w+)+|settings\.[A-Z_]+")
CLASS = re.compile(r"(?:[A-Z][a-z]+){2,}(?:\.\w+)?|[A-Z][a-z]+\.[a-z_]+")
ADDRESS = re.compile(r"(?:(?:GET|POST|PUT|DELETE) )?(/[\w<>/.-]*)")
OPTION = re.compile(r"--[a-z][a-z-]*")
Parser = argparse.ArgumentParser


def list_code(text: str) -> Iterator[str]:
    """What stands in backticks, also over the end of a line, and the lines of indented blocks."""
    blocks = [line for line in text.splitlines() if line.startswith("    ")]
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    yield from (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose))
    yield from (line.strip() for line in blocks)


def list_missing(text: str) -> list[str]:
    """What a document names that is not there."""
    codes = list(list_code(text))
    folders = {path.rstrip("/") for code in codes for path in ROOTED.findall(code)}
    missing = [one for code in codes for check in CHECKS for one in check(code)]
    return missing + [one for code in codes for one in check_paths(code, folders)]


def check_commands(code: str) -> Iterator[str]:
    """Commands of manage.py with their subcommands and options."""
    for name, rest in COMMAND.findall(code):
        if name not in get_commands():
            yield f"manage.py {name}"
            continue
        parser = load_parser(name)
        words = re.findall(r"[\w-]+", rest)
        for choices in list_choices(parser):
            if words and re.fullmatch("[a-z]+", words[0]) and words[0] not in choices:
                yield f"manage.py {name} {words[0]}"
        known = list_options(parser)
        yield from (f"manage.py {name} {option}" for option in OPTION.findall(rest) if option not in known)


def check_options(code: str) -> Iterator[str]:
    """An option that stands by itself is one of some command's, or of the containers' one."""
    option = OPTION.match(code)
    if option:
        known = {
            one for name, app in get_commands().items() if app == "worker" for one in list_options(load_parser(name))
        }
        if option[0] not in known | {"--profile"}:
            yield option[0]


def check_make(code: str) -> Iterator[str]:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    found = re.match(r"make ([a-z]+)\b", code)
    if found and found[1] not in targets:
        yield f"make {found[1]}"


def check_modules_run(code: str) -> Iterator[str]:
    """`python -m MODULE`, where the module is the project's."""
    for name in re.findall(r"python -m ([\w.]+)", code):
        if name.partition(".")[0] in FOLDERS and f"{name.replace('.', '/')}.py" not in list_paths():
            yield name


def check_variables(code: str) -> Iterator[str]:
    """Settings stand in `.env.example`; what only the tests read stands in their configuration."""
    known = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    known += VARIABLE.findall((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    yield from (name for name in VARIABLE.findall(code) if name not in known)


def check_paths(code: str, folders: Collection[str]) -> Iterator[str]:
    """A path from the root or a room (`ranking/moods.py:follow_moods`), or a name in a folder the document names."""
    path, _, symbol = code.partition(":")
    is_path = PATH.fullmatch(path) is not None and path.endswith((*OURS, "/"))
    for one in (expanded for found in ([path] if is_path else ROOTED.findall(code)) for expanded in expand(found)):
        above = ("", *(f"{folder}/" for folder in (FOLDERS if "/" in one.rstrip("/") else folders)))
        files = [known for folder in above if (known := folder + one.rstrip("/")) in list_paths()]
        if not files and one not in FOREIGN and not one.startswith("MEDIAREC_HOME/"):
            yield one
        elif is_path and symbol and not any(defines(file, symbol) for file in files):
            yield code


def check_addresses(code: str) -> Iterator[str]:
    found = ADDRESS.fullmatch(code)
    if found:
        try:
            resolve(re.sub(r"<\w+>", "1", found[1]))
        except Resolver404:
            yield found[1]


def check_dotted(code: str) -> Iterator[str]:
    """A module, or a name in one; `settings.NAME` stands for a setting."""
    if not DOTTED.fullmatch(code) or code in list_paths():
        return
    if code.startswith("settings."):
        is_there = hasattr(settings, code.partition(".")[2])
    else:
        is_there = f"{code.replace('.', '/')}.py" in list_paths() or code.replace(".", "/") in list_paths()
        is_there = is_there or has_name(*code.rpartition(".")[::2])
    if not is_there:
        yield code


def check_classes(code: str) -> Iterator[str]:
    """A class of the project, or a column of one of its tables: `ImportBatch`, `Item.title`."""
    if not CLASS.fullmatch(code) or code.endswith(OURS) or code in FOREIGN:
        return
    name, _, column = code.partition(".")
    models = [model for model in apps.get_models() if model.__name__ == name]
    is_there = any(hasattr(model, column) for model in models) if column else name in list_classes()
    if not is_there:
        yield code


CHECKS: tuple[Callable[[str], Iterator[str]], ...] = (
    check_commands,
    check_options,
    check_make,
    check_modules_run,
    check_variables,
    check_addresses,
    check_dotted,
    check_classes,
)


def expand(path: str) -> list[str]:
    """`a/{b,c}.py` as `a/b.py` and `a/c.py`."""
    parts = [part.split(",") for part in re.split(r"\{([^}]*)\}", path)]
    return ["".join(one) for one in product(*parts)]


@cache
def list_paths() -> frozenset[str]:
    """Every file and folder of the project, from its root."""
    below = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts)
    return frozenset(str(path.relative_to(ROOT)) for path in [*ROOT.iterdir(), *below])


@cache
def list_classes() -> frozenset[str]:
    return frozenset(
        name
        for path in list_source_files()
        for name in re.findall(r"^class (\w+)", path.read_text("utf-8"), re.MULTILINE)
    )


@cache
def load_parser(name: str) -> Parser:
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


def list_choices(parser: Parser) -> Iterator[list[str]]:
    """What a positional argument may be, one list an argument or a subcommand."""
    for action in parser._actions:
        if action.choices and not action.option_strings:
            yield list(action.choices)


def list_options(parser: Parser) -> set[str]:
    """Also those of subcommands."""
    below = [
        one
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for one in action.choices.values()
    ]
    own = {option for action in parser._actions for option in action.option_strings}
    return own.union(*(list_options(one) for one in below))


def has_name(module: str, name: str) -> bool:
    try:
        return hasattr(import_module(module), name)
    except ImportError:
        return False


def defines(path: str, symbol: str) -> bool:
    """Whether the file has a function, a class, a constant or a field of this name."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.search(rf"^\s*(?:(?:async )?def |class )?{re.escape(symbol)}\b", text, re.MULTILINE) is not None
