"""Find the person, group or identity that a command names."""

import difflib
from collections.abc import Mapping

from vmaudit.errors import UsageError
from vmaudit.estate.rights import Principal, PrincipalId


def principal_named(
    known: Mapping[PrincipalId, Principal], wanted: str, sign_in_names: Mapping[str, PrincipalId] | None = None
) -> Principal:
    """The one principal that an id or a name stands for. Raises UsageError where none or several do."""
    text = wanted.lower().strip()
    named = (sign_in_names or {}).get(text, text)
    if named in known:
        return known[named]
    same = [one for one in known.values() if one.name.lower() == text]
    if len(same) == 1:
        return same[0]
    if same:
        listed = "\n".join(f"  {one.id}" for one in sorted(same, key=lambda one: one.id))
        raise UsageError(f"{len(same)} principals are called {wanted}", f"Name one by its object id:\n{listed}")
    close = difflib.get_close_matches(text, [*known, *(one.name.lower() for one in known.values())], n=1)
    raise UsageError(
        f"the snapshot names nobody {wanted!r}",
        f"Did you mean {close[0]}?" if close else "Name a person, group or identity by the object id.",
    )
