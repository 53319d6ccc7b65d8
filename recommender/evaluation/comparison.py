"""Comparison of two stored results with the same protocol and data. Knows no model and no tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.evaluation.protocol import check_comparable


def read_result(path: Path) -> dict[str, Any]:
    """Reads a result file. Raises NotFoundError or NotUnderstoodError with the file's name."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise NotUnderstoodError(f"{path} is not a result: {error}.") from error
    if not isinstance(result, dict):
        raise NotUnderstoodError(f"{path} is not a result: it is not a JSON object of metrics.")
    return result


def compare_results(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Every metric that both have, and the ratio of first to second. Raises NotUnderstoodError if protocols differ."""
    check_comparable(ours, theirs)
    figures = [name for name, value in ours.items() if _is_figure(value) and _is_figure(theirs.get(name))]
    return {
        "protocol": ours["protocol"],
        "models": [ours.get("model"), theirs.get("model")],
        **{
            name: {
                "first": ours[name],
                "second": theirs[name],
                "ratio": round(ours[name] / theirs[name], 4) if theirs[name] else None,
            }
            for name in figures
        },
    }


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
