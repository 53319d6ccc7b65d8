"""Checkpoints on disk, written atomically. Knows no network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mediarec.library.atomic_files import write_atomically
from mediarec.library.errors import NotUnderstoodError, UnavailableError

CHECKPOINT_FILE = "checkpoint.pt"


def write_checkpoint(folder: Path, content: Mapping[str, Any]) -> None:
    """Raises UnavailableError when the disk is full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with write_atomically(folder / CHECKPOINT_FILE) as file:
            torch.save(dict(content), file)
    except (OSError, RuntimeError) as error:  # torch's writer turns a full disk into a RuntimeError
        raise UnavailableError(f"No checkpoint could be written in {folder}: {error}. The last one is kept.") from error


def read_checkpoint(folder: Path, device: torch.device) -> dict[str, Any] | None:
    """None without a checkpoint. Raises NotUnderstoodError for one that cannot be read."""
    path = folder / CHECKPOINT_FILE
    if not path.is_file():
        return None
    try:
        stored: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        return stored
    except Exception as error:  # torch raises many exception types for a damaged file
        raise NotUnderstoodError(f"{path} cannot be read; delete it to begin again.") from error
