"""The examples in docstrings are true."""

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import vmaudit.access

MODULES = [
    importlib.import_module(part.name)
    for part in pkgutil.walk_packages(vmaudit.access.__path__, prefix="vmaudit.access.")
]


@pytest.mark.parametrize("module", MODULES, ids=[module.__name__ for module in MODULES])
def test_the_examples_in_docstrings_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_there_are_examples() -> None:
    assert sum(doctest.testmod(module).attempted for module in MODULES) >= 8
