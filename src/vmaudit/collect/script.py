"""A script of Azure CLI commands by which somebody else gathers the evidence as files for `vmaudit import`."""

from collections.abc import Iterator, Mapping
from typing import Final

from vmaudit.collect.catalogue import BY_TABLE
from vmaudit.collect.evidence import Evidence, Scope, Source, query
from vmaudit.collect.selection import Selection
from vmaudit.collect.spans import iso_length
from vmaudit.errors import UsageError

SHELLS: Final = ("bash", "powershell")

_BASH: Final = r"""#!/usr/bin/env bash
# Gathers evidence for vmaudit with the Azure CLI, as whoever is signed in by `az login`. It reads and changes nothing.
# Then: vmaudit import evidence --out SNAPSHOT
# (with --complete, if the account may read all of these subscriptions and no command failed)
set -euo pipefail
mkdir -p evidence
chmod 700 evidence
subscriptions=({subscriptions})
if [ ${{#subscriptions[@]}} -eq 0 ]; then
  mapfile -t subscriptions < <(az account list --query "[?state=='Enabled'].id" -o tsv)
fi
workspaces=({workspaces})
if [ ${{#workspaces[@]}} -eq 0 ]; then
  mapfile -t workspaces < <(az graph query -q "{find}" --subscriptions "${{subscriptions[@]}}" --first 1000 \
    --query "data[].properties.customerId" -o tsv)
fi

query() {{ # TABLE QUERY: all pages of a query of Resource Graph
  local total skip=0
  total=$(az graph query -q "$2" --subscriptions "${{subscriptions[@]}}" --first 1 --query total_records -o tsv)
  while :; do
    az graph query -q "$2" --subscriptions "${{subscriptions[@]}}" --first 1000 --skip "$skip" --query data -o json \
      > "evidence/$1-$skip.json"
    skip=$((skip + 1000))
    [ "$skip" -lt "$total" ] || break
  done
}}

list() {{ # TABLE PATH: a list of Azure Resource Manager, per subscription
  local subscription
  for subscription in "${{subscriptions[@]}}"; do
    az rest --method get --url "/subscriptions/$subscription$2" > "evidence/$1-$subscription.json"
  done
}}

logs() {{ # TABLE QUERY: the rows of a query in each workspace, or a word that there are none
  local workspace
  for workspace in "${{workspaces[@]}}"; do
    az monitor log-analytics query --workspace "$workspace" --timespan {since} --analytics-query "$2" -o json \
      > "evidence/$1-$workspace.json" ||
      {{ rm -f "evidence/$1-$workspace.json"; echo "$1 was not read in workspace $workspace" >&2; }}
  done
}}

{commands}
"""

_POWERSHELL: Final = r"""
# Gathers evidence for vmaudit with the Azure CLI, as whoever is signed in by `az login`. It reads and changes nothing.
# Then: vmaudit import evidence --out SNAPSHOT
# (with --complete, if the account may read all of these subscriptions and no command failed)
$ErrorActionPreference = 'Stop'
$null = New-Item -ItemType Directory -Force evidence
$subscriptions = @({subscriptions})
if ($subscriptions.Count -eq 0) {{ $subscriptions = @(az account list --query "[?state=='Enabled'].id" -o tsv) }}
$workspaces = @({workspaces})
if ($workspaces.Count -eq 0) {{
  $workspaces = @(az graph query -q "{find}" --subscriptions $subscriptions --first 1000 `
    --query "data[].properties.customerId" -o tsv)
}}

function Assert-Az {{ if ($LASTEXITCODE -ne 0) {{ throw "az failed with $LASTEXITCODE" }} }}

function Save-Query($table, $query) {{ # all pages of a query of Resource Graph
  $total = [int](az graph query -q $query --subscriptions $subscriptions --first 1 --query total_records -o tsv)
  Assert-Az
  for ($skip = 0; $skip -eq 0 -or $skip -lt $total; $skip += 1000) {{
    az graph query -q $query --subscriptions $subscriptions --first 1000 --skip $skip --query data -o json |
      Out-File -Encoding utf8 "evidence/$table-$skip.json"; Assert-Az
  }}
}}

function Save-List($table, $path) {{ # a list of Azure Resource Manager, per subscription
  foreach ($subscription in $subscriptions) {{
    az rest --method get --url "/subscriptions/$subscription$path" |
      Out-File -Encoding utf8 "evidence/$table-$subscription.json"; Assert-Az
  }}
}}

function Save-Logs($table, $query) {{ # the rows of a query in each workspace, or a word that there are none
  foreach ($workspace in $workspaces) {{
    $rows = az monitor log-analytics query --workspace $workspace --timespan {since} --analytics-query $query -o json
    if ($LASTEXITCODE -eq 0) {{ $rows | Out-File -Encoding utf8 "evidence/$table-$workspace.json" }}
    else {{ Write-Warning "$table was not read in workspace $workspace" }}
  }}
}}

{commands}
"""

_CALLS: Final = {
    "bash": {Source.RESOURCE_GRAPH: "query", Source.RESOURCE_MANAGER: "list", Source.LOG_ANALYTICS: "logs"},
    "powershell": {
        Source.RESOURCE_GRAPH: "Save-Query",
        Source.RESOURCE_MANAGER: "Save-List",
        Source.LOG_ANALYTICS: "Save-Logs",
    },
}
"""The function of a shell's script that asks a service."""


def script(shell: str, selection: Selection) -> str:
    """The script for a shell: what Resource Graph holds without further ado, lists of subscriptions, and logs.

    Rows that are asked of other rows, what is inherited from management groups, and Microsoft Graph are not gathered.
    Raises UsageError on a selection that can't be put into it.
    """
    if selection.management_groups or selection.resource_groups or selection.tenant:
        raise UsageError("--print-script knows only --subscription, --only and --skip", "Leave the other options out.")
    if any(name.startswith("/") for name in selection.workspaces):
        raise UsageError("--print-script knows workspaces by their customer id only", "Give that with --workspace.")
    template = _BASH if shell == "bash" else _POWERSHELL
    gathered = [evidence for table in selection.tables if _is_gathered(evidence := BY_TABLE[table])]
    quote = '"' if shell == "bash" else "''"
    commands = "\n".join(_commands(gathered, _CALLS[shell], quote))
    separator = " " if shell == "bash" else ", "
    return template.lstrip().format(
        subscriptions=separator.join(f"'{name}'" for name in selection.subscriptions),
        workspaces=separator.join(f"'{name}'" for name in selection.workspaces),
        since=iso_length(selection.since),
        find=_one_line("workspaces", "'"),
        commands=commands,
    )


def _commands(gathered: list[Evidence], calls: Mapping[Source, str], quote: str) -> Iterator[str]:
    """The calls. `quote` is how KQL's quotes stand inside the shell's single ones: PowerShell may lose double ones."""
    for evidence in gathered:
        call = calls[evidence.source]
        if evidence.query:
            yield f"{call} {evidence.table} '{_one_line(evidence.table, quote)}'"
        else:
            yield f"{call} {evidence.table} '{evidence.path}?api-version={evidence.api_version}'"


def _one_line(name: str, quote: str) -> str:
    return " ".join(query(name).split()).replace("'", quote)


def _is_gathered(evidence: Evidence) -> bool:
    if evidence.source is Source.RESOURCE_GRAPH:
        return evidence.scope is Scope.SUBSCRIPTIONS and not evidence.scope_filter
    return evidence.scope in {Scope.SUBSCRIPTION, Scope.WORKSPACE}
