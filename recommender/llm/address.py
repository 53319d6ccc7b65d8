"""Where the language model answers: the address of the settings, or the one `up` notes down when its own is healthy."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

NOTE = Path("run") / "llm.json"


@dataclass(frozen=True)
class Address:
    """`url` is empty where there is none; `reason` is a sentence either way. `is_packaged`: the small one we start."""

    url: str
    model: str
    reason: str
    state: str = "ready"
    api_key: str = ""
    is_packaged: bool = False


def find_address() -> Address:
    """Looks at the settings and one small file; asks nobody."""
    if settings.LLM_URL:
        reason = f"The language model at {settings.LLM_URL}, named in LLM_URL."
        return Address(settings.LLM_URL, settings.LLM_MODEL, reason, api_key=settings.LLM_API_KEY)
    noted = _read_note(Path(settings.MEDIAREC_HOME) / NOTE)
    if noted is not None:
        return Address(*noted, reason=f"{noted[1]} on this machine, served by llama.cpp.", is_packaged=True)
    if importlib.util.find_spec("llama_cpp") is None:
        reason = "The language model is not installed (it compiles in the background after the first start)."
        return Address("", "", f"{reason} Sentences come from templates.", "missing")
    reason = "The language model is installed and not answering yet. Sentences come from templates."
    return Address("", "", reason, "starting")


def _read_note(path: Path) -> tuple[str, str] | None:
    """A note half written or left over in another form counts as none."""
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(note, dict) or not isinstance(note.get("url"), str) or not note["url"]:
        return None
    return note["url"], str(note.get("model") or "local")
