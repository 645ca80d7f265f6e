# Gathers evidence for vmaudit with the Azure CLI, as whoever is signed in by `az login`. It reads and changes nothing.
# Then: vmaudit import evidence --out SNAPSHOT --on-duplicate last
# (with --complete, if the account may read all of these subscriptions and the script did not say that something failed;
# what is inherited is listed at several scopes, hence the duplicates)
$null = New-Item -ItemType Directory -Force evidence
$subscriptions = @(@subscriptions@)
if ($subscriptions.Count -eq 0) { $subscriptions = @(az account list --query "[?state=='Enabled'].id" -o tsv) }
if ($subscriptions.Count -eq 0) { throw 'No subscription: sign in by az login.' }
$script:failed = @()
$q = if ($IsLinux -or $IsMacOS) { '' } else { '"' } # az.cmd: an & in an address has to stand in quotes
$pim = 'roleEligibilityScheduleInstances?api-version=2020-10-01'

function note($what) { $script:failed += $what }

function query($table, $query) { # all pages of a query of Resource Graph
  $total = az graph query -q $query --subscriptions $subscriptions --first 1 --query total_records -o tsv
  if ($LASTEXITCODE -ne 0) { note $table; return }
  for ($skip = 0; $skip -eq 0 -or $skip -lt [int]$total; $skip += 1000) {
    $text = az graph query -q $query --subscriptions $subscriptions --first 1000 --skip $skip --query data -o json
    if ($LASTEXITCODE -ne 0) { note $table; return }
    $text | Out-File -Encoding utf8 "evidence/$table-$skip.json"
  }
}

function slowly($url) { # Conditional Access answers once a second, and says no more than that it is too busy
  if ($url -like '*/identity/conditionalAccess/*') { Start-Sleep -Milliseconds 1100 }
}

function pages($table, $name, $url, $key, $id, $under) { # all pages of a list; with $key as what hangs on one object
  for ($page = 0; $url; $page++) {
    slowly $url
    $text = (az rest --method get --url "$q$url$q" -o json) -join "`n"
    if ($LASTEXITCODE -ne 0) { note $name; return }
    $text = $text -replace '(?m)^  "(?:@odata\.)?nextLink":', '  "continued":'
    if ($key) { $text = $text -replace '(?m)^  "value": \[', "  `"$key`": `"$id`", `"$under`": [" }
    $url = if ($text -match '(?m)^  "continued": "(.*)",?\r?$') { $Matches[1] } else { $null }
    $null = New-Item -ItemType Directory -Force "evidence/$name-$page"
    $text | Out-File -Encoding utf8 "evidence/$name-$page/$table.json"
  }
}

function rows($what, $url) { # what stands on all pages of a list; a failure is noted
  while ($url) {
    slowly $url
    $text = (az rest --method get --url "$q$url$q" -o json) -join "`n"
    if ($LASTEXITCODE -ne 0) { note $what; return }
    $answer = $text | ConvertFrom-Json
    $answer.value
    $url = if ($answer.nextLink) { $answer.nextLink } else { $answer.'@odata.nextLink' }
  }
}

function find_directory { # where Microsoft Graph is
  $script:graph = "$(az cloud show --query endpoints.microsoftGraphResourceId -o tsv)".TrimEnd('/') + '/v1.0'
}

function find_workspaces { # those that were named, or all
  $script:workspaces = @(@workspaces@)
  if ($workspaces.Count -eq 0) {
    $script:workspaces = @(az graph query -q '@find@' --subscriptions $subscriptions --first 1000 `
      --query "data[].properties.customerId" -o tsv)
    if ($LASTEXITCODE -ne 0) { note 'workspaces' }
  }
}

function logs($table, $query) { # the rows of a query in each workspace
  foreach ($workspace in $workspaces) {
    $text = az monitor log-analytics query --workspace $workspace --timespan @since@ --analytics-query $query -o json
    if ($LASTEXITCODE -ne 0) { note "$table in workspace $workspace"; continue }
    $text | Out-File -Encoding utf8 "evidence/$table-$workspace.json"
  }
}

function one($table, $path) { # an object of Microsoft Graph
  $text = az rest --method get --url "$q$graph$path$q" -o json
  if ($LASTEXITCODE -ne 0) { note $table; return }
  $null = New-Item -ItemType Directory -Force "evidence/$table"
  $text | Out-File -Encoding utf8 "evidence/$table/$table.json"
}

function directory($table, $path) { pages $table $table "$graph$path" }

function at_tenant($table, $path) { pages $table $table $path }

function at_subscriptions($table, $path) {
  foreach ($subscription in $subscriptions) { pages $table "$table-$subscription" "/subscriptions/$subscription$path" }
}

function at_above($table, $path) { # the same list again, of what is inherited
  foreach ($subscription in $subscriptions) {
    pages $table "$table-above-$subscription" "/subscriptions/$subscription$path"
  }
}

function find_scopes { # subscriptions, and the management groups that may be seen
  $groups = rows 'management groups' '/providers/Microsoft.Management/managementGroups?api-version=2020-05-01'
  $script:scopes = @($subscriptions | ForEach-Object { "/subscriptions/$_" }) + @($groups | ForEach-Object { $_.id })
}

function at_scopes($table, $path) {
  foreach ($scope in $scopes) { pages $table "$table-$(($scope -split '/')[-1])" "$scope$path" }
}

function rights($kind) { # what the rights of all scopes say
  foreach ($scope in $scopes) {
    (rows 'rights' "$scope/providers/Microsoft.Authorization/$kind") | ForEach-Object { $_.properties }
  }
}

function at_eligible($table, $path) { # a list of each scope at which somebody is eligible for a role
  $number = 0
  foreach ($scope in @((rights $pim) | ForEach-Object { $_.scope } | Sort-Object -Unique)) {
    pages $table "$table-$number" "$scope$path"
    $number++
  }
}

function below($table, $type, $path) { # a list of each resource of a type
  $number = 0
  foreach ($subscription in $subscriptions) {
    $ids = az resource list --subscription $subscription --resource-type $type --query '[].id' -o tsv
    if ($LASTEXITCODE -ne 0) { note $table }
    foreach ($id in $ids) { pages $table "$table-of-$number" "$id$path"; $number++ }
  }
}

function holders($kind) { # who holds a role or is eligible for one
  $found = @(rights 'roleAssignments?api-version=2022-04-01')
  $found += @(rights 'roleAssignments?api-version=2022-04-01&%24filter=atScope%28%29')
  $found += @(rights $pim)
  $found | Where-Object { $_.principalType -eq $kind } | ForEach-Object { $_.principalId } | Sort-Object -Unique
}

function find_groups { # groups that hold roles, those in them, and those whose members may join them
  $waiting = [System.Collections.Queue]::new(@(holders 'Group'))
  $script:groups = @()
  $joining = "$graph/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
  while ($waiting.Count) {
    $group = $waiting.Dequeue()
    if ($script:groups -contains $group) { continue }
    $script:groups += $group
    $inside = "$graph/groups/$group/transitiveMembers?" + '$select=id&$top=999'
    (rows 'groups in groups' $inside) | Where-Object { $_.'@odata.type' -eq '#microsoft.graph.group' } |
      ForEach-Object { $waiting.Enqueue($_.id) }
    foreach ($may in @(rows 'PIM of groups' "$joining`?`$filter=groupId%20eq%20%27$group%27")) {
      $asked = "$graph/groups?`$filter=id%20eq%20%27$($may.principalId)%27&`$select=id"
      (rows 'eligible groups' $asked) | ForEach-Object { $waiting.Enqueue($_.id) }
    }
  }
  $users = (rows 'groups of Conditional Access' "$graph/identity/conditionalAccess/policies") |
    ForEach-Object { $_.conditions.users }
  $script:members_of = @($groups) + @($users | ForEach-Object { $_.includeGroups; $_.excludeGroups }) |
    Where-Object { $_ } | Sort-Object -Unique
}

function find_workloads { # service principals of applications that hold roles, and their applications
  $script:workloads = @(holders 'ServicePrincipal')
  $script:app_ids = @(
    foreach ($id in $workloads) {
      az rest --method get --url "$q$graph/servicePrincipals/$id`?`$select=appId$q" --query appId -o tsv
      if ($LASTEXITCODE -ne 0) { note 'applications' }
    }
  ) | Sort-Object -Unique
  $script:applications = @(
    foreach ($id in $app_ids) {
      (rows 'applications' "$graph/applications?`$filter=appId%20eq%20%27$id%27&`$select=id") | ForEach-Object { $_.id }
    }
  )
}

function find_reviews {
  $script:reviews = @((rows 'access reviews' "$graph/identityGovernance/accessReviews/definitions") | ForEach-Object { $_.id })
}

function each($list, $table, $path, $key, $under) { # a list of Microsoft Graph about each of a list
  foreach ($id in @((Get-Variable -Name $list -Scope Script).Value)) {
    if ($id) { pages $table "$table-$id" "$graph$($path.Replace('{id}', $id))" $key $id $under }
  }
}

@commands@

if ($failed.Count) {
  [Console]::Error.WriteLine("Not gathered; import the rest without --complete:`n  " + (($failed | Sort-Object -Unique) -join "`n  "))
  exit 1
}
