"""Evidence about who may act, judged by the shipped rules by the road that every audit takes."""

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from assess.judged import shipped_rules
from evidence import _MEMORY
from vmaudit.assess.assessment import Assessment, Verdict
from vmaudit.assess.configuration import configured_as
from vmaudit.assess.rule import Rule
from vmaudit.pipeline import audit
from vmaudit.snapshot.reading import open_snapshot
from who_may import Tenant

Configured = Mapping[str, Mapping[str, Any]]


@cache
def rights_rules() -> tuple[Rule, ...]:
    """The rules about roles and PIM."""
    return tuple(rule for rule in shipped_rules() if rule.id.startswith(("RBAC-", "PIM-")))


def judged(tenant: Tenant, configured: Configured | None = None) -> Assessment:
    """What these rules say about a tenant; `configured` gives parameters other values, by rule."""
    rules = [configured_as(rule, (configured or {}).get(rule.id, {})) for rule in rights_rules()]
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        place = Path(folder) / "snapshot"
        tenant.write(place)
        return audit(open_snapshot(place), rules)


def verdict(rule: str, tenant: Tenant, **configured: Any) -> Verdict:
    """What one rule says about the first machine; keywords are parameters of that rule."""
    (found,) = (one for one in judged(tenant, {rule: configured}).results[0].verdicts if one.rule == rule)
    return found


def status(rule: str, tenant: Tenant, **configured: Any) -> str:
    """`pass`, `fail`, `unknown` or `not_applicable`."""
    return verdict(rule, tenant, **configured).status.value
