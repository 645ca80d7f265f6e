from collections.abc import Callable
from pathlib import Path

import pytest
from loopback import Tenant

from collect.at_azure import Auditor, Serve


@pytest.fixture
def auditor(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Tenant], Auditor]:
    """Somebody who may read a tenant that is served for one test."""
    folder = tmp_path / "home"
    folder.mkdir()
    return lambda tenant: Auditor(serve(tenant), folder, monkeypatch)
