"""Fixtures of the command tests: enrichment is recorded instead of enqueued."""

import pytest


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Records what would have been enqueued, in order."""
    sent: list[str] = []
    monkeypatch.setattr("worker.dispatch.enqueue_enrichment", lambda: sent.append("enrichment"))
    return sent
