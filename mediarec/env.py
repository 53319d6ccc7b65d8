"""The one door to environment variables: read, checked, set, handed to child processes. Knows not what they are for.

What is configured is read by settings.py alone; other modules ask here for what the system or a launcher sets.
"""

import os
from collections.abc import Mapping
from pathlib import Path

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


class EnvironmentProblem(Exception):
    """A variable that cannot be understood; the message names it and what was expected."""


def read_str(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def read_bool(name: str, default: bool) -> bool:
    word = os.environ.get(name)
    if word is None:
        return default
    lowered = word.strip().lower()
    if lowered in TRUE_WORDS:
        return True
    if lowered in FALSE_WORDS:
        return False
    raise EnvironmentProblem(f"{name} is {word!r}; expected one of 1, 0, true, false, yes, no, on, off.")


def read_int(name: str, default: int) -> int:
    word = os.environ.get(name, "").strip()
    if not word:
        return default
    try:
        return int(word)
    except ValueError as error:
        raise EnvironmentProblem(f"{name} is {word!r}; expected a whole number.") from error


def read_list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def set_value(name: str, value: str) -> None:
    """For this process and those it starts from now on."""
    os.environ[name] = value


def set_default(name: str, value: str) -> None:
    """The same, unless the variable is set already."""
    os.environ.setdefault(name, value)


def build_child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's variables with some of them set otherwise, for a process to be started."""
    return {**os.environ, **changes}


def read_path(name: str, default: Path) -> Path:
    return Path(os.environ.get(name, "").strip() or default).expanduser().resolve()
