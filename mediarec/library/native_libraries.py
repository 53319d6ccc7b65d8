"""Why a Python package could not be loaded, in words that say what to install. Knows no reader and no model."""

from __future__ import annotations

import importlib
import re

from mediarec.library.errors import NotLoadedError

# Shared libraries that wheels expect of the system, and the Debian and Ubuntu packages that bring them.
PACKAGES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libxcb.so.1": "libxcb1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libatomic.so.1": "libatomic1",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
    "libz.so.1": "zlib1g",
    "libsndfile.so.1": "libsndfile1",
    "libcrypto.so.3": "libssl3",
    "libssl.so.3": "libssl3",
    "libnss3.so": "libnss3",
    "libnspr4.so": "libnspr4",
}
_MISSING = re.compile(r"(?P<library>[^\s:/]+\.so(?:\.\d+)*): cannot open shared object file")


def import_needed(part: str, loss: str, *modules: str) -> None:
    """Raises NotLoadedError for the first that cannot be imported; `loss` begins its sentence."""
    for name in modules:
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as error:
            raise NotLoadedError(part, f"{loss}: {explain_load_error(error)}.") from error


def explain_load_error(error: Exception) -> str:
    """Half a sentence: "libxcb.so.1 is missing (on Debian and Ubuntu: apt install libxcb1)"."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"the Python package {error.name} is not installed"
    said = str(error).strip() or type(error).__name__
    return explain_missing_library(said) or said.splitlines()[0].rstrip(".")


def explain_missing_library(said: str) -> str:
    """The same for what the system's loader printed; "" where it names no library."""
    found = _MISSING.search(said)
    if found is None:
        return ""
    library = found["library"]
    package = PACKAGES.get(library)
    return f"{library} is missing" + (f" (on Debian and Ubuntu: apt install {package})" if package else "")
