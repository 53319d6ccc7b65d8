"""A library that is not there is named with the package that brings it."""

from __future__ import annotations

import ctypes

import pytest

from mediarec.library.errors import NotLoadedError
from mediarec.library.native_libraries import explain_load_error, explain_missing_library, import_needed


@pytest.mark.parametrize(
    ("said", "explained"),
    [
        (
            "libGL.so.1: cannot open shared object file: No such file or directory",
            "libGL.so.1 is missing (on Debian and Ubuntu: apt install libgl1)",
        ),
        (
            "/opt/node: error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such",
            "libatomic.so.1 is missing (on Debian and Ubuntu: apt install libatomic1)",
        ),
        ("libodd.so: cannot open shared object file: No such file", "libodd.so is missing"),
        ("the weights are torn", ""),
    ],
)
def test_what_the_loader_printed_names_library_and_package(said: str, explained: str) -> None:
    assert explain_missing_library(said) == explained


def test_the_words_of_this_machines_own_loader_are_understood() -> None:
    with pytest.raises(OSError) as caught:
        ctypes.CDLL("libxcb.so.1.of.no.machine.so.4")
    assert explain_load_error(caught.value) == "libxcb.so.1.of.no.machine.so.4 is missing"


def test_another_error_is_told_by_its_first_line() -> None:
    assert explain_load_error(ImportError("numpy.core failed.\nSee the troubleshooting page.")) == "numpy.core failed"
    assert explain_load_error(MemoryError()) == "MemoryError"


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(NotLoadedError, match="no_such_package is not installed") as caught:
        import_needed("sound", "Sound cannot be measured", "json", "no_such_package")
    assert caught.value.part == "sound"
    assert str(caught.value).startswith("Sound cannot be measured: ")
