"""What holds for all tests."""

import os
import shutil
import tempfile

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """A user's data folder of the tests' own: what the person who runs them has stored changes no answer."""
    folder = tempfile.mkdtemp(prefix="vmaudit-tests-")
    os.environ["XDG_DATA_HOME"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
