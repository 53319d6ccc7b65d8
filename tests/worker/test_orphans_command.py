"""manage.py orphans: a dry run by default, deletion on request, and not beyond its cap."""

from __future__ import annotations

import json
import os
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from mediarec.library.models import AuditEntry, Contributor
from mediarec.library.orphans import YOUNG_SECONDS
from tests.commands import run_json

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("orphans", *arguments, stdout=out)
    return out.getvalue()


def find(part: str, *arguments: str) -> dict[str, Any]:
    report = run_json("orphans", *arguments)
    return next(entry for entry in report["parts"] if entry["part"] == part)


@pytest.fixture
def loose() -> Path:
    """An old picture that no item refers to."""
    settings.ARTWORK_ROOT.mkdir(parents=True, exist_ok=True)
    path: Path = settings.ARTWORK_ROOT / "loose.webp"
    path.write_bytes(b"xx")
    long_ago = time.time() - 2 * YOUNG_SECONDS
    os.utime(path, (long_ago, long_ago))
    return path


def test_without_delete_it_lists_orphans_and_changes_nothing(loose: Path) -> None:
    output = run()
    assert "loose.webp" in output
    assert output.rstrip().endswith("Nothing was deleted; add --delete to do so.")
    artwork = find("artwork")
    assert (artwork["found"], artwork["deleted"]) == (1, 0)
    assert loose.exists()
    assert not AuditEntry.objects.exists()


def test_it_deletes_the_named_parts_and_records_an_audit_entry(loose: Path) -> None:
    Contributor.objects.create(name="Nobody", name_key="nobody")
    assert find("artwork", "--delete", "--only", "artwork")["deleted"] == 1
    assert not loose.exists()
    assert Contributor.objects.filter(name="Nobody").exists()
    assert "loose.webp" in json.dumps(AuditEntry.objects.get().before)
    assert find("people")["found"] == 1


def test_beyond_the_cap_nothing_is_deleted_and_an_error_says_so(loose: Path) -> None:
    with pytest.raises(CommandError, match=r"1"):
        run("--delete", "--at-most", "0", "--at-most-percent", "0")
    assert loose.exists()
    assert not AuditEntry.objects.exists()


def test_an_unknown_part_is_rejected_with_the_names_of_all() -> None:
    with pytest.raises(CommandError, match=r"“pictures” is not a part; there are: .*artwork"):
        run("--only", "pictures", "--delete")
