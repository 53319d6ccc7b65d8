"""What is installed without its dependencies has them all the same, and OpenCV is there once."""

import re
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import cv2
import numpy as np
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
STAND_INS = {"opencv-python": "opencv-python-headless"}


def read_pins(name: str) -> dict[str, str]:
    """Package to version, of a file in which every line is pinned."""
    lines = (ROOT / name).read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    assert [str(one.specifier) for one in wanted if not str(one.specifier).startswith("==")] == []
    return {normalise(one.name): str(one.specifier).removeprefix("==") for one in wanted}


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def list_needed(package: str) -> list[Requirement]:
    wanted = [Requirement(line) for line in requires(package) or []]
    return [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]


@pytest.mark.parametrize("package", read_pins("requirements-nodeps.txt"))
def test_what_a_package_needs_is_pinned_or_has_a_stand_in(package: str) -> None:
    pins = read_pins("requirements.txt")
    for needed in list_needed(package):
        name = normalise(needed.name)
        pinned = STAND_INS.get(name, name)
        assert pinned in pins, f"{package} needs {needed}"
        assert needed.specifier.contains(version(pinned)), f"{package} needs {needed}, and {version(pinned)} is here"


def test_the_makefile_takes_away_what_has_a_stand_in() -> None:
    (replaced,) = re.findall(r"^REPLACED := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(replaced.split()) == set(STAND_INS)


def test_opencv_is_there_once_and_works() -> None:
    assert packages_distributions()["cv2"] == ["opencv-python-headless"]
    assert cv2.resize(np.zeros((2, 2, 3), dtype=np.uint8), (4, 4)).shape == (4, 4, 3)
