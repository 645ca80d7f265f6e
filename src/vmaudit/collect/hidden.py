"""Groups that hide who is in them: Microsoft Graph answers with nobody, and says no more."""

from collections.abc import Iterator
from typing import Final

import msgspec

from vmaudit.collect.naming import RowsOf, readable
from vmaudit.snapshot.manifest import Outcome, OutcomeKind

_HIDDEN: Final = "hiddenmembership"


class _Group(msgspec.Struct):
    id: str
    visibility: str | None = None


class _Members(msgspec.Struct, rename="camel"):
    group_id: str
    members: list[msgspec.Raw]


def hidden_members(rows_of: RowsOf) -> Iterator[Outcome]:
    """An outcome for each group that hides its members and showed none.

    It may be empty; but without the permission the answer would be the same, so that its members count as not read.
    """
    decode = msgspec.json.Decoder(_Group).decode
    hiding = {
        group.id.lower() for group in map(decode, rows_of("groups")) if (group.visibility or "").lower() == _HIDDEN
    }
    if not hiding:
        return
    shown: dict[str, bool] = {}
    for row in readable(rows_of("group_members"), _Members):
        group = row.group_id.lower()
        shown[group] = bool(row.members) or shown.get(group, False)
    for group in sorted(hiding):
        if shown.get(group) is False:
            yield Outcome(
                f"/groups/{group}",
                OutcomeKind.PARTIAL,
                code="MembersHidden",
                message="The group hides its members, and Microsoft Graph showed none.",
                permission="Member.Read.Hidden",
            )
