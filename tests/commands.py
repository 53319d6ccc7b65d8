"""Running a management command as a program does, and reading what it prints."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from django.core.management import call_command


def run_json(command: str, *arguments: object) -> Any:
    """What `manage.py command arguments --json` prints, read."""
    out = StringIO()
    call_command(command, *map(str, arguments), "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())
