"""Migrations stay as they were written: they import no code of the project, and build what the running code reads."""

import ast
import sys
from pathlib import Path

import pytest
from django.db import connection

from mediarec.library.matching import keys
from tests.source_files import ROOT, list_source_files

ALLOWED = sys.stdlib_module_names | {"django", "pgvector"}
MIGRATIONS = [path for path in list_source_files() if path.parent.name == "migrations"]
EXPRESSIONS = {
    "item_screen_key": keys.SCREEN_KEY_SQL,
    "item_music_key": keys.MUSIC_KEY_SQL,
    "item_original_key": keys.ORIGINAL_KEY_SQL,
}


def list_foreign_imports(text: str) -> list[str]:
    """What a migration imports beyond Django, pgvector and Python's own modules."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += ["." * node.level + (node.module or "") for node in nodes if isinstance(node, ast.ImportFrom)]
    return [name for name in names if name.partition(".")[0] not in ALLOWED]


def test_an_import_of_the_project_is_found() -> None:
    text = "import uuid\nfrom django.db import models\nfrom mediarec.library import matching\nfrom . import other\n"
    assert list_foreign_imports(text) == ["mediarec.library", "."]


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_migration_imports_no_code_of_the_project(path: Path) -> None:
    assert list_foreign_imports(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_matching_indexes_are_on_the_expressions_that_lookups_use(db: None, name: str) -> None:
    """Both as PostgreSQL writes them; a key changed in matching/keys.py needs a migration that rebuilds its index."""
    with connection.cursor() as cursor:
        # On a copy: an index built on the table itself changes its statistics even when it is rolled back.
        cursor.execute("CREATE TEMPORARY TABLE item_copy (LIKE library_item) ON COMMIT DROP")
        cursor.execute(f"CREATE INDEX probe ON item_copy (({EXPRESSIONS[name]}))")
        cursor.execute(
            "SELECT pg_get_indexdef(%s::regclass, 1, false), pg_get_indexdef('probe'::regclass, 1, false)", [name]
        )
        built, wanted = cursor.fetchone()
    assert built == wanted
