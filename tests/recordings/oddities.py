"""Answers of Azure that can't be agreed with, each for a reason that lies in the answer itself.

Other oddities of the recordings need no excuse here. A view without interfaces counts as "not told", and a misspelt key
is read (`estate_of_case`). The answer that was given while a group was still `Updating` (bc2cadd9-113) is about an
interface whose subnet was not recorded, so that we say Unknown anyway.
"""

from typing import Final

from recordings.recorded import Case

NO_GROUP: Final = (
    "no NSG stands at the interface or its subnet: Azure names a default rule of a group that is not there"
)
NO_GROUP_TO_DIAGNOSE: Final = (
    "no NSG stands at the interface or its subnet: the diagnostic evaluates none, and is silent"
)
ANOTHER_GROUP_S_RULE: Final = "the diagnostic denies, and names the rule with which the group before it allows"

_ODDITIES: Final = {
    ("ip_flow_verify", "1a6b1858-22"): NO_GROUP,
    ("network_config_diagnostic", "cb3db2c3-24"): NO_GROUP_TO_DIAGNOSE,
}
MISNAMED: Final = {"2fc8a836-36": ANOTHER_GROUP_S_RULE}
"""Diagnostics that name another rule than their own match flags single out; the flags are what we compare with."""


def oddity(case: Case) -> str:
    """Why Azure's answer to a case can't be agreed with; "" for all but the named cases."""
    return _ODDITIES.get((case.kind, case.name), "")
