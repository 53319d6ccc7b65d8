"""The environment has one door, mediarec/env.py, and .env.example lists what settings.py reads through it."""

import ast
import re

from tests.source_files import ROOT, list_source_files

DOOR = ROOT / "mediarec" / "env.py"
ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})


def list_uses(text: str) -> list[int]:
    """The lines on which a module takes the environment from `os`."""
    lines = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            lines += [node.lineno] * (node.value.id == "os" and node.attr in ENVIRONMENT)
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            lines += [node.lineno] * any(alias.name in ENVIRONMENT for alias in node.names)
    return sorted(lines)


def list_variables(settings: str) -> list[str]:
    """The variables read through `env`, in their order."""
    calls = [node for node in ast.walk(ast.parse(settings)) if isinstance(node, ast.Call)]
    reads = [call for call in calls if ast.unparse(call.func).startswith("env.read_")]
    return [str(ast.literal_eval(call.args[0])) for call in sorted(reads, key=lambda call: call.lineno)]


def test_a_use_of_the_environment_is_found() -> None:
    assert list_uses("import os\nos.environ.get('A')\nfrom os import getenv, path\nos.getpid()\n") == [2, 3]
    assert list_uses(DOOR.read_text(encoding="utf-8"))


def test_the_environment_has_one_door() -> None:
    found = [
        f"{path.relative_to(ROOT)}, line {line}: the environment is read and set through mediarec/env.py."
        for path in list_source_files()
        if path != DOOR
        for line in list_uses(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_example_lists_what_the_settings_read_in_their_order() -> None:
    variables = list_variables((ROOT / "mediarec" / "settings.py").read_text(encoding="utf-8"))
    example = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert "MEDIAREC_HOME" in variables
    assert example == list(dict.fromkeys(variables))
