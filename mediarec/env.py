"""Reading and checking environment variables. Knows nothing of what they are for; only settings.py asks."""

import os
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


def read_path(name: str, default: Path) -> Path:
    return Path(os.environ.get(name, "").strip() or default).expanduser().resolve()
