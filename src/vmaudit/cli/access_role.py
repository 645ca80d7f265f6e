"""`vmaudit access-role`: the role that lets people connect to machines and do no more, for Azure to create."""

import json

import click

from vmaudit.access.model import DOORS, ROLE_NAME, ROLE_TABLE, role_json
from vmaudit.cli.terminal import say
from vmaudit.errors import UsageError

PLACEHOLDER = "/subscriptions/SUBSCRIPTION_ID"


@click.command("access-role")
@click.option("--print", "as_json", is_flag=True, help="Print the role as JSON, for `az role definition create`.")
@click.option("--name", default=ROLE_NAME, show_default=True, help="How the role is called in the tenant.")
@click.option(
    "--scope", "scopes", multiple=True, help=f"Where it can be assigned; several times.  [default: {PLACEHOLDER}]"
)
def command(scopes: tuple[str, ...], name: str, *, as_json: bool) -> int:
    """Say what somebody needs who connects to a machine, and no more: roles and how to hold them."""
    wrong = [scope for scope in scopes if not scope.startswith("/") or scope.endswith("/")]
    if wrong:
        raise UsageError(
            f"{wrong[0]!r} is no scope of Azure", f"Write it as {PLACEHOLDER} or a resource group below it."
        )
    if not name.strip():
        raise UsageError("the role needs a name", "Leave --name out for the default.")
    if as_json:
        say(json.dumps(role_json(name, scopes or (PLACEHOLDER,)), indent=2, ensure_ascii=False))
        return 0
    say("Who connects to a machine holds:\n")
    for row in ROLE_TABLE:
        say(f"  {row.held:<9} {row.role} on {row.on}")
    say(f"\nor, eligible, one custom role for all but the sign-in ({name}), and is let through: {', '.join(DOORS)}.")
    say("\nNext: vmaudit access-role --print > role.json && az role definition create --role-definition role.json")
    return 0
