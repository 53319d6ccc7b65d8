"""The address of the language model: from the settings, or from the file that `up` writes while its own
server is healthy.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

NOTE = Path("run") / "llm.json"


@dataclass(frozen=True)
class Address:
    """`url` is empty where there is none; `reason` is a sentence in any case. `is_packaged`:
    the small packaged model.
    """

    url: str
    model: str
    reason: str
    state: str = "ready"
    api_key: str = ""
    is_packaged: bool = False


def find_address() -> Address:
    """Reads the settings and one small file; sends no request."""
    if settings.LLM_URL:
        reason = f"The language model at {settings.LLM_URL}, named in LLM_URL."
        return Address(settings.LLM_URL, settings.LLM_MODEL, reason, api_key=settings.LLM_API_KEY)
    written = _read_note(Path(settings.MEDIAREC_HOME) / NOTE)
    if written is not None:
        return Address(*written, reason=f"{written[1]} on this machine, served by llama.cpp.", is_packaged=True)
    if importlib.util.find_spec("llama_cpp") is None:
        reason = "The language model is not installed (it compiles in the background after the first start)."
        return Address("", "", f"{reason} Sentences come from templates.", "missing")
    reason = "The language model is installed and not answering yet. Sentences come from templates."
    return Address("", "", reason, "starting")


def _read_note(path: Path) -> tuple[str, str] | None:
    """(url, model) from the file; None where it is missing, incomplete or in another format."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or not isinstance(content.get("url"), str) or not content["url"]:
        return None
    return content["url"], str(content.get("model") or "local")
