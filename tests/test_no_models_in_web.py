"""What a web process loads: settings, every address and every task, and not one model library."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("torch", "open_clip", "llama_cpp", "librosa", "av", "transformers")
SCRIPT = f"""
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "mediarec.settings"
import django
django.setup()
import mediarec.urls, mediarec.asgi, mediarec.celery, worker.tasks
from django.urls import reverse
reverse("home")
print(",".join(name for name in {HEAVY!r} if name in sys.modules))
"""


def test_settings_addresses_and_tasks_load_no_model_library() -> None:
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
