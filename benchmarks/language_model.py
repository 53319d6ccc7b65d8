"""Runs the packaged language model behind its own server during a benchmark; None if it is not installed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from recommender.backends import registry
from recommender.llm.address import NOTE
from recommender.llm.protocol import TextGenerator
from worker import processes
from worker.child_process import Child
from worker.health import answers

START_SECONDS = 60.0


@contextmanager
def open_writer() -> Iterator[TextGenerator | None]:
    """The model of the settings or a running installation, else the packaged one, registered as by `up`."""
    if (writer := registry.load_generator()) is not None:
        yield writer
        return
    model = processes.find_gguf() if processes.is_llm_installed() else None
    if model is None or settings.LLM_URL:
        yield None
        return
    port = processes.find_free_port()
    child = Child(processes.build_llm(model, port), settings.MEDIAREC_HOME)
    child.start()
    note = settings.MEDIAREC_HOME / NOTE
    note.parent.mkdir(parents=True, exist_ok=True)
    address = f"http://127.0.0.1:{port}/v1"
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(f"{address}/models") and time.monotonic() < deadline and child.is_running():
            time.sleep(0.5)
        note.write_text(json.dumps({"url": address, "model": processes.model_alias(model)}))
        yield registry.load_generator()
    finally:
        note.unlink(missing_ok=True)
        child.stop()
