"""A pytest plugin, loaded before Django: a home and an embedded database for the tests alone."""

import os
import tempfile
from pathlib import Path

if not os.environ.get("MEDIAREC_TEST_HOME"):
    os.environ["MEDIAREC_TEST_HOME"] = tempfile.mkdtemp(prefix="mediarec-test-")
os.environ["MEDIAREC_HOME"] = os.environ["MEDIAREC_TEST_HOME"]
# What librosa compiles takes longer than most tests, so it is kept from one run to the next.
os.environ["NUMBA_CACHE_DIR"] = str(Path(__file__).resolve().parent.parent / ".pytest_cache" / "numba")
for _name in ("LLM_URL", "BROKER_URL"):
    os.environ.pop(_name, None)

from worker import embedded_postgres  # noqa: E402

embedded_postgres.ensure_database(Path(os.environ["MEDIAREC_HOME"]))
