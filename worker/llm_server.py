"""Supervises the embedded language model server: publishes its address while it is healthy, ends it when it hangs."""

from pathlib import Path

import psutil

from worker import pid_files, processes
from worker.child_process import Child
from worker.health import answers

DOWN_AFTER_MISSES = 4  # it answers no other request while it generates a long answer
HUNG_AFTER_MISSES = 15


class LlmServer:
    """The server process and its address file. `look` is called every few seconds."""

    def __init__(self, home: Path, model: Path) -> None:
        port = processes.find_free_port()
        self.url = f"http://127.0.0.1:{port}/v1"
        self.model = processes.model_alias(model)
        self.note = home / "run" / "llm.json"
        self.child = Child(processes.build_llm(model, port), home)
        self.misses = 0

    def check(self) -> str | None:
        """One health check; writes or removes the address file. Returns a line to print, or None."""
        if self.child.is_running() and answers(f"{self.url}/models"):
            self.misses = 0
            pid_files.write_json(self.note, {"url": self.url, "model": self.model})
            return None
        self.misses += 1
        if not self.child.is_running() or self.misses >= DOWN_AFTER_MISSES:
            self.note.unlink(missing_ok=True)
        if self.child.process is not None and self.child.is_running() and self.misses >= HUNG_AFTER_MISSES:
            self.misses = 0
            pid_files.end_processes([psutil.Process(self.child.process.pid)], grace_seconds=3.0)
            return "The language model hangs; it is ended and started again."
        return None
