"""What holds for all tests."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from loopback import Azure, Tenant


def pytest_configure(config: pytest.Config) -> None:
    """A user's data folder of the tests' own: what the person who runs them has stored changes no answer."""
    folder = tempfile.mkdtemp(prefix="vmaudit-tests-")
    os.environ["XDG_DATA_HOME"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[["Tenant"], "Azure"]]:
    """Puts a tenant behind an Azure of the test's own, on a free port of this machine, until the test ends."""
    import loopback  # few tests ask for a server, and its packages take their time

    with ExitStack() as stack:
        yield lambda tenant: stack.enter_context(loopback.serve(tenant, tmp_path))
