"""What keeps the libraries from reporting to their makers and from writing outside MEDIAREC_HOME. Loads none of them.

Each reads these variables when it is imported, so they stand in the environment before: every package of this project
imports `mediarec`, whose `__init__` applies them. `docs/operations.md` says how it is checked.
"""

from collections.abc import Mapping
from pathlib import Path

from mediarec import env

PROJECT_FOLDER = Path(__file__).resolve().parent.parent

# Whatever the environment says already: no setting of somebody's shell may turn these on again.
SILENT = {
    # ONNX Runtime from 1.31 on keeps a queue of events in ~/.cache/Microsoft and sends it ten seconds after its first
    # session. Its disable_telemetry_events() leaves both on.
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
# Forced unless downloads are allowed, in which case somebody's own value counts.
NO_HUB = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
# Folders under MEDIAREC_HOME for what would lie in ~/.cache, ~/.nv or the temporary folder; one that is set is kept.
CACHES = {
    "HF_HOME": "cache/huggingface",
    "TORCH_HOME": "cache/torch",
    "TORCHINDUCTOR_CACHE_DIR": "cache/torchinductor",
    "NUMBA_CACHE_DIR": "cache/numba",
    "CUDA_CACHE_PATH": "cache/cuda",
}


def build_environment(given: Mapping[str, str]) -> dict[str, str]:
    """`given` with every switch in its place; for this process, and for children that import nothing of ours."""
    home = Path(given.get("MEDIAREC_HOME", "").strip() or PROJECT_FOLDER / "var").expanduser().resolve()
    caches = {name: str(home / folder) for name, folder in CACHES.items() if not given.get(name)}
    # A word that settings.py will not understand allows nothing.
    may_download = given.get("MEDIAREC_ALLOW_MODEL_DOWNLOADS", "").strip().lower() in env.TRUE_WORDS
    return {**given, **caches, **({} if may_download else NO_HUB), **SILENT}


def apply() -> None:
    for name, value in build_environment(env.build_child_environment({})).items():
        env.set_value(name, value)
