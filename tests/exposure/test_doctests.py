"""The examples in docstrings are true."""

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import vmaudit.exposure
from vmaudit import addresses, known

MODULES = [
    addresses,
    known,
    *(
        importlib.import_module(f"vmaudit.exposure.{part.name}")
        for part in pkgutil.iter_modules(vmaudit.exposure.__path__)
    ),
]


@pytest.mark.parametrize("module", MODULES, ids=[module.__name__ for module in MODULES])
def test_the_examples_in_docstrings_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_the_pure_small_things_have_examples() -> None:
    assert doctest.testmod(addresses).attempted >= 7
