"""A pytest plugin, loaded before Django: a home and an embedded database for the tests alone."""

import os
import tempfile
from pathlib import Path

if not os.environ.get("MEDIAREC_TEST_HOME"):
    os.environ["MEDIAREC_TEST_HOME"] = tempfile.mkdtemp(prefix="mediarec-test-")
os.environ["MEDIAREC_HOME"] = os.environ["MEDIAREC_TEST_HOME"]
for _name in ("LLM_URL", "BROKER_URL"):
    os.environ.pop(_name, None)

from worker import embedded_postgres  # noqa: E402

embedded_postgres.ensure_database(Path(os.environ["MEDIAREC_HOME"]))
