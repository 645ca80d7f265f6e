"""Find the machine or interface that a command names: by name, by id, or by a part of the id."""

import difflib
from collections.abc import Mapping
from typing import TypeVar

from vmaudit.errors import UsageError
from vmaudit.estate.resources import Resource

R = TypeVar("R", bound=Resource)


def named(resources: Mapping[str, R], wanted: str, kind: str, resource_group: str | None = None) -> R:
    """The one resource that `wanted` names. Raises UsageError where none or several fit."""
    text = wanted.lower().rstrip("/")
    end = f"/{text.lstrip('/')}"
    found = [one for key, one in resources.items() if key == text or key.endswith(end) or one.name.lower() == text]
    if resource_group:
        found = [one for one in found if f"/resourcegroups/{resource_group.lower()}/" in one.key]
    if len(found) == 1:
        return found[0]
    if found:
        listed = "\n".join(f"  {one.id}" for one in sorted(found, key=lambda one: one.key))
        raise UsageError(f"{len(found)} {kind}s are called {wanted}", f"Name one by its id:\n{listed}")
    names = {resource.name.lower(): resource.name for resource in resources.values()}
    close = difflib.get_close_matches(text, names, n=1)
    raise UsageError(
        f"the snapshot holds no {kind} {wanted!r}",
        f"Did you mean {names[close[0]]}?" if close else "Name it by its id.",
    )
