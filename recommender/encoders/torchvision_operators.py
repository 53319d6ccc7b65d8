"""Workaround for importing torchvision's wheel beside a CPU build of torch. Knows no model."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_declared: list[Any] = []  # a library object must live as long as its schemas


def declare_missing_operators() -> None:
    """Call before anything imports torchvision.

    Its native operators do not load beside a torch built without CUDA, and its import then fails because their schemas
    are unknown. Nothing here calls them, so declaring the schemas is enough. Where the operators do load, nothing is
    declared.
    """
    import torch

    _load_native()
    missing = [schema for name, schema in SCHEMAS.items() if not hasattr(torch.ops.torchvision, name)]
    if missing:
        library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for schema in missing:
            library.define(schema)  # type: ignore[no-untyped-call]
        _declared.append(library)


def _load_native() -> None:
    import torch

    spec = importlib.util.find_spec("torchvision")  # located, not imported
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for binary in Path(folder).glob("_C*.so"):
            try:
                torch.ops.load_library(str(binary))  # type: ignore[no-untyped-call]
            except OSError:
                continue  # the failure this module works around
