"""A tenant whose directory guards its roles with everything that there is."""

from typing import Any

from contoso import contoso_resources
from loopback import Tenant

from collect.at_azure import JANE, NIGHT_SHIFT, OPERATORS, with_directory

ADAM = "d0000000-0000-4000-8000-000000000011"
STANDBY = "d0000000-0000-4000-8000-000000000012"
EVE = "d0000000-0000-4000-8000-000000000013"
PIPELINE = "d0000000-0000-4000-8000-000000000014"
APPLICATION = "d0000000-0000-4000-8000-000000000015"
APP_ID = "d0000000-0000-4000-8000-000000000016"
PIM = "identityGovernance/privilegedAccess/group"


def may_join(group: str, principal: str, access: str = "member") -> dict[str, Any]:
    return {"id": f"{group}_{access}_{principal}", "groupId": group, "principalId": principal, "accessId": access}


def guarded(base: Tenant | None = None) -> Tenant:
    """Jane works at night; who stands by may join the operators; Adam owns the night shift, and a pipeline has a secret."""
    tenant = with_directory(base or contoso_resources())
    directory = tenant.directory
    directory.add("user", id=ADAM, displayName="Adam")
    directory.add("user", id=EVE, displayName="Eve")
    directory.add("group", id=STANDBY, displayName="Standby")
    directory.add(
        "servicePrincipal", id=PIPELINE, appId=APP_ID, displayName="Pipeline", servicePrincipalType="Application"
    )
    secret = {"keyId": "k", "endDateTime": "2027-01-01T00:00:00Z", "hint": "abc"}
    directory.add("application", id=APPLICATION, appId=APP_ID, passwordCredentials=[secret])
    directory.members[STANDBY] = [EVE]
    directory.owners = {NIGHT_SHIFT: [ADAM], PIPELINE: [ADAM], APPLICATION: [JANE]}
    directory.lists[f"{PIM}/eligibilityScheduleInstances"] = [may_join(OPERATORS, STANDBY), may_join("other", JANE)]
    (first, *_) = sorted(tenant.subscriptions())
    assignment = {"principalId": PIPELINE, "principalType": "ServicePrincipal", "scope": f"/subscriptions/{first}"}
    name = "a0000000-0000-4000-8000-000000000002"
    tenant.add(
        {
            "id": f"/subscriptions/{first}/providers/Microsoft.Authorization/roleAssignments/{name}",
            "name": name,
            "type": "microsoft.authorization/roleassignments",
            "properties": assignment,
        }
    )
    return tenant
