"""Tenants to serve: Contoso, and estates of any size."""

import sys
from pathlib import Path

from loopback import Tenant

from vmaudit.demo.contoso import tenant as contoso_rows
from vmaudit.demo.landscape import TENANT


def contoso() -> Tenant:
    """The demo tenant, as its rows stand in Resource Graph and ARM."""
    return Tenant(contoso_rows(), TENANT)


def generated(machines: int, seed: int = 1) -> Tenant:
    """An estate of the bench generator."""
    benchmarks = str(Path(__file__).parents[2] / "benchmarks")
    if benchmarks not in sys.path:
        sys.path.append(benchmarks)
    from generate import estate

    return Tenant(estate(machines, seed))
