"""No command of these tests leaves work behind for a worker that is not there."""

import pytest


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was sent to the queue, in the order it was."""
    sent: list[str] = []
    monkeypatch.setattr("worker.dispatch.enqueue_enrichment", lambda: sent.append("enrichment"))
    return sent
