#!/usr/bin/env bash
# Gathers evidence for vmaudit with the Azure CLI, as whoever is signed in by `az login`. It reads and changes nothing.
# Then: vmaudit import evidence --out SNAPSHOT --on-duplicate last
# (with --complete, if the account may read all of these subscriptions and the script did not say that something failed;
# what is inherited is listed at several scopes, hence the duplicates)
set -uo pipefail
mkdir -p evidence
chmod 700 evidence
subscriptions=(@subscriptions@)
if [ ${#subscriptions[@]} -eq 0 ]; then
  mapfile -t subscriptions < <(az account list --query "[?state=='Enabled'].id" -o tsv)
fi
if [ ${#subscriptions[@]} -eq 0 ]; then
  echo "No subscription: sign in by az login." >&2
  exit 1
fi
failed=()
pim='roleEligibilityScheduleInstances?api-version=2020-10-01'

query() { # TABLE QUERY: all pages of a query of Resource Graph
  local total skip=0
  total=$(az graph query -q "$2" --subscriptions "${subscriptions[@]}" --first 1 --query total_records -o tsv) ||
    { failed+=("$1"); return; }
  while :; do
    az graph query -q "$2" --subscriptions "${subscriptions[@]}" --first 1000 --skip "$skip" --query data -o json \
      > "evidence/$1-$skip.json" || { failed+=("$1"); rm "evidence/$1-$skip.json"; }
    skip=$((skip + 1000))
    [ "$skip" -lt "$total" ] || break
  done
}

slowly() { # URL: Conditional Access answers once a second, and says no more than that it is too busy
  case $1 in */identity/conditionalAccess/*) sleep 1.1 ;; esac
}

pages() { # TABLE NAME URL [KEY ID UNDER]: all pages of a list; with KEY as what hangs on one object
  local url=$3 page=0 file value='&'
  [ $# -gt 3 ] && value="  \"$4\": \"$5\", \"$6\": ["
  while [ -n "$url" ]; do
    mkdir -p "evidence/$2-$page"
    file="evidence/$2-$page/$1.json"
    slowly "$url"
    if ! az rest --method get --url "$url" -o json |
      sed -E -e 's/^  "(@odata\.)?nextLink":/  "continued":/' -e "s/^  \"value\": \[/$value/" > "$file"; then
      failed+=("$2")
      rm "$file"
      return
    fi
    url=$(sed -n -E 's/^  "continued": "(.*)",?$/\1/p' "$file")
    page=$((page + 1))
  done
}

ids() { # URL JMESPATH: what is found on all pages of a list
  local url=$1
  while [ -n "$url" ]; do
    slowly "$url"
    az rest --method get --url "$url" --query "$2" -o tsv || return
    slowly "$url"
    url=$(az rest --method get --url "$url" --query 'nextLink || "@odata.nextLink"' -o tsv) || return
  done
}

named() { # WHAT URL JMESPATH: the same, each once and without empty ones; a failure is noted
  ids "$2" "$3" | sort -u | grep . || [ "${PIPESTATUS[0]}" -eq 0 ] || echo "$1" >> evidence/failed.txt
}

find_directory() { # where Microsoft Graph is
  graph=$(az cloud show --query endpoints.microsoftGraphResourceId -o tsv)
  graph=${graph%/}/v1.0
}

find_workspaces() { # those that were named, or all
  workspaces=(@workspaces@)
  if [ ${#workspaces[@]} -eq 0 ]; then
    mapfile -t workspaces < <(az graph query -q '@find@' --subscriptions "${subscriptions[@]}" --first 1000 \
      --query "data[].properties.customerId" -o tsv || echo workspaces >> evidence/failed.txt)
  fi
}

logs() { # TABLE QUERY: the rows of a query in each workspace
  local workspace
  for workspace in "${workspaces[@]}"; do
    az monitor log-analytics query --workspace "$workspace" --timespan @since@ --analytics-query "$2" -o json \
      > "evidence/$1-$workspace.json" ||
      { rm "evidence/$1-$workspace.json"; failed+=("$1 in workspace $workspace"); }
  done
}

one() { # TABLE URL: an object
  mkdir -p "evidence/$1"
  az rest --method get --url "$graph$2" -o json > "evidence/$1/$1.json" || { failed+=("$1"); rm "evidence/$1/$1.json"; }
}

directory() { pages "$1" "$1" "$graph$2"; } # TABLE PATH: a list of Microsoft Graph

at_tenant() { pages "$1" "$1" "$2"; } # TABLE PATH: a list of Azure Resource Manager

at_subscriptions() { # TABLE PATH: a list of each subscription
  local subscription
  for subscription in "${subscriptions[@]}"; do
    pages "$1" "$1-$subscription" "/subscriptions/$subscription$2"
  done
}

at_above() { # TABLE PATH: the same list again, of what is inherited
  local subscription
  for subscription in "${subscriptions[@]}"; do
    pages "$1" "$1-above-$subscription" "/subscriptions/$subscription$2"
  done
}

find_scopes() { # subscriptions, and the management groups that may be seen
  mapfile -t scopes < <(
    printf '/subscriptions/%s\n' "${subscriptions[@]}"
    named 'management groups' '/providers/Microsoft.Management/managementGroups?api-version=2020-05-01' 'value[].id'
  )
}

at_scopes() { # TABLE PATH: a list of each of these scopes
  local scope
  for scope in "${scopes[@]}"; do
    pages "$1" "$1-${scope##*/}" "$scope$2"
  done
}

at_eligible() { # TABLE PATH: a list of each scope at which somebody is eligible for a role
  local scope number=0
  while read -r scope; do
    pages "$1" "$1-$number" "$scope$2"
    number=$((number + 1))
  done < <(of_scopes 'eligible scopes' "$pim" 'value[].properties.scope')
}

below() { # TABLE TYPE PATH: a list of each resource of a type
  local subscription id number=0
  for subscription in "${subscriptions[@]}"; do
    while read -r id; do
      pages "$1" "$1-of-$number" "$id$3"
      number=$((number + 1))
    done < <(az resource list --subscription "$subscription" --resource-type "$2" --query '[].id' -o tsv ||
      echo "$1" >> evidence/failed.txt)
  done
}

of_scopes() { # WHAT KIND JMESPATH: what the rights of all scopes name
  local scope
  for scope in "${scopes[@]}"; do
    named "$1" "$scope/providers/Microsoft.Authorization/$2" "$3"
  done | sort -u
}

holders() { # KIND: who holds a role or is eligible for one
  local found="value[?properties.principalType=='$1'].properties.principalId"
  {
    of_scopes "holders of roles" 'roleAssignments?api-version=2022-04-01' "$found"
    of_scopes "holders of roles" 'roleAssignments?api-version=2022-04-01&%24filter=atScope%28%29' "$found"
    of_scopes "holders of roles" "$pim" "$found"
  } | sort -u
}

find_groups() { # groups that hold roles, those in them, and those whose members may join them
  local group inner waiting inner_groups="value[?\"@odata.type\"=='#microsoft.graph.group'].id"
  mapfile -t waiting < <(holders Group)
  groups=()
  while [ ${#waiting[@]} -gt 0 ]; do
    group=${waiting[0]}
    waiting=("${waiting[@]:1}")
    case " ${groups[*]-} " in *" $group "*) continue ;; esac
    groups+=("$group")
    while read -r inner; do
      waiting+=("$inner")
    done < <(
      named 'groups in groups' "$graph/groups/$group/transitiveMembers?\$select=id&\$top=999" "$inner_groups"
      while read -r inner; do
        named 'eligible groups' "$graph/groups?\$filter=id%20eq%20'$inner'&\$select=id" 'value[].id'
      done < <(named 'PIM of groups' "$graph/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances?\$filter=groupId%20eq%20'$group'" 'value[].principalId')
    )
  done
  mapfile -t members_of < <(
    printf '%s\n' "${groups[@]}" | grep .
    named 'groups of Conditional Access' "$graph/identity/conditionalAccess/policies" 'value[].conditions.users.[includeGroups,excludeGroups][][]'
  )
}

find_workloads() { # service principals of applications that hold roles, and their applications
  local id
  mapfile -t workloads < <(holders ServicePrincipal)
  mapfile -t app_ids < <(
    for id in "${workloads[@]}"; do
      az rest --method get --url "$graph/servicePrincipals/$id?\$select=appId" --query appId -o tsv || echo applications >> evidence/failed.txt
    done | sort -u
  )
  mapfile -t applications < <(
    for id in "${app_ids[@]}"; do
      named applications "$graph/applications?\$filter=appId%20eq%20'$id'&\$select=id" 'value[].id'
    done
  )
}

find_reviews() {
  mapfile -t reviews < <(named 'access reviews' "$graph/identityGovernance/accessReviews/definitions" 'value[].id')
}

each() { # LIST TABLE PATH [KEY UNDER]: a list of Microsoft Graph about each of a list
  local -n of_these=$1
  local id
  for id in "${of_these[@]}"; do
    if [ $# -gt 3 ]; then
      pages "$2" "$2-$id" "$graph${3//\{id\}/$id}" "$4" "$id" "$5"
    else
      pages "$2" "$2-$id" "$graph${3//\{id\}/$id}"
    fi
  done
}

rm -f evidence/failed.txt
@commands@

[ -f evidence/failed.txt ] && mapfile -t -O "${#failed[@]}" failed < evidence/failed.txt
rm -f evidence/failed.txt
if [ ${#failed[@]} -gt 0 ]; then
  echo "Not gathered; import the rest without --complete:" >&2
  printf '  %s\n' "${failed[@]}" | sort -u >&2
  exit 1
fi
