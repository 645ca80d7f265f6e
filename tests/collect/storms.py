"""A small tenant that is collected again and again while Azure misbehaves, in a time that passes a hundred times faster."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Thread

from loopback import Azure, Tenant
from loopback.faults import Change, Cut, Effect, ExpireTokens, Fault, Replace, Say, Shorten, random_faults
from loopback.tokens import ARM_AUDIENCES
from msgspec import json

from collect.at_azure import OPERATORS, machine, with_directory
from vmaudit.collect.catalogue import BY_TABLE
from vmaudit.collect.clouds import Cloud, Place
from vmaudit.collect.collecting import Collected, collect
from vmaudit.collect.connections import connected
from vmaudit.collect.credentials import RenewableCredential, credential
from vmaudit.collect.pace import StoppableClock
from vmaudit.collect.parts import Opening
from vmaudit.collect.progress import Progress
from vmaudit.collect.selection import Selection, tables_chosen
from vmaudit.errors import EvidenceError
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.reading import Snapshot, open_snapshot

SPEED = 100.0
LONGEST = 60.0
"""Seconds here in which a collection has to end, whatever Azure does: an hour and a half of its own time."""

ONE, TWO = (f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "12")
ASKED = (
    "virtual_machines",
    "virtual_networks",
    "virtual_hubs",
    "virtual_hub_connections",
    "jit_policies",
    "management_groups",
    "subscriptions",
    "role_assignments",
    "role_eligibility_schedule_instances",
    "role_management_policies",
    "users",
    "group_members",
    "conditional_access_policies",
)
"""Tables with rows. Every kind of source is among them, and tables that are asked of others' rows."""

TABLES = tables_chosen(ASKED, ())

Rows = Mapping[str, frozenset[bytes]]


class FastClock(StoppableClock):
    """The machine's clock, running faster."""

    def now(self) -> float:
        return super().now() * SPEED

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds / SPEED)


def world() -> Tenant:
    """Two subscriptions, with something in each table and many pages of machines."""
    tenant = Tenant(machine(number, (ONE, TWO)[number % 2]) for number in range(60))
    for subscription in (ONE, TWO):
        group = f"/subscriptions/{subscription}/resourceGroups/RG"
        network, hub = (
            f"{group}/providers/Microsoft.Network/virtualNetworks/v",
            f"{group}/providers/Microsoft.Network/virtualHubs/h",
        )
        tenant.add(
            {"id": network, "name": "v", "type": "microsoft.network/virtualnetworks", "properties": {"subnets": []}}
        )
        tenant.add({"id": hub, "name": "h", "type": "microsoft.network/virtualhubs", "properties": {}})
        tenant.add({"id": f"{hub}/hubVirtualNetworkConnections/c", "name": "c", "properties": {}})
        tenant.add(
            {
                "id": f"{group}/providers/Microsoft.Security/locations/we/jitNetworkAccessPolicies/default",
                "name": "default",
                "type": "Microsoft.Security/locations/jitNetworkAccessPolicies",
                "properties": {},
            }
        )
        eligible = f"/subscriptions/{subscription}/providers/Microsoft.Authorization"
        tenant.add(
            {
                "id": f"{eligible}/roleEligibilityScheduleInstances/e-{subscription[:4]}",
                "name": "e",
                "properties": {
                    "scope": f"/subscriptions/{subscription}",
                    "principalId": OPERATORS,
                    "principalType": "Group",
                },
            }
        )
        tenant.add({"id": f"{eligible}/roleManagementPolicies/p-{subscription[:4]}", "name": "p", "properties": {}})
    for number in range(8):
        tenant.directory.add("user", id=f"d1000000-0000-4000-8000-{number:012d}", displayName=f"User {number}")
    return with_directory(tenant)


def hasten(azure: Azure) -> None:
    """Small pages, so that few rows are many requests, and a clock as fast as that of whoever asks."""
    azure.resource_graph.limits.page = 9
    azure.arm.page = 2
    azure.graph.page = 4
    azure.clock.speed = SPEED


@dataclass(slots=True)
class Storm:
    """What goes wrong in one collection."""

    seed: int
    faults: list[Fault]
    changed: set[str] = field(default_factory=set[str])
    """Names of the machines that come or go meanwhile."""


_EVERYWHERE = (
    "ResourceGraph/resources",
    r"GET /subscriptions",
    r"GET /providers",
    r"jitNetworkAccessPolicies",
    r"roleEligibilityScheduleInstances",
    r"hubVirtualNetworkConnections",
    r"roleManagementPolicies",
    r"/v1\.0/users",
    r"/v1\.0/groups/",
    r"conditionalAccess",
    "/token",
    ".",
)
_BODIES = (b"", b"{}", b"[]", b"null", b"<html>Sign in to the hotel's network</html>", b'{"value": null}', b'{"data": {}}',
           b'{"totalRecords": 1, "data": [null]}', b'{"value": [{"id": 7}]}', b'{"value": ["x"]}')  # fmt: skip


def storm(seed: int, tenant: Tenant) -> Storm:
    """Faults that pass, and in most storms one or two that stay until somebody mends them. The same for the same seed."""
    rng = Random(seed)  # noqa: S311 - a choice of faults is no secret
    made = Storm(seed, [*random_faults(seed)])
    for _ in range(rng.randint(0, 2)):
        made.faults.append(_lasting(rng))
    if rng.random() < 0.25:
        made.faults.append(_hidden(rng))
    if rng.random() < 0.3:
        made.faults.extend(_changes(rng, made, tenant))
    return made


def _lasting(rng: Random) -> Fault:
    effects: tuple[Effect, ...] = (
        Say(403),
        Say(404),
        Say(429),
        Say(429, headers={"Retry-After": "3600"}),
        Say(429, headers={"Retry-After": str(rng.randint(1, 20))}),
        Say(rng.choice((500, 502, 503, 504))),
        Cut(rng.randint(0, 600)),
        Shorten(rng.uniform(0.0, 0.99)),
        Replace(rng.choice(_BODIES)),
        ExpireTokens(),
    )
    times = rng.choice((None, None, rng.randint(1, 8)))
    in_body = rng.choice(("", "", "virtualmachines", "$skipToken", "authorizationresources", "virtualhubs"))
    on = "ResourceGraph/resources" if in_body else rng.choice(_EVERYWHERE)
    return Fault(on, rng.choice(effects), after=rng.randint(0, 25), times=times, in_body=in_body)


def _hidden(rng: Random) -> Fault:
    """From some moment on a subscription may not be read any more."""
    which = rng.choice((ONE, TWO))
    return Fault(".", Change(lambda azure: azure.access.hide(f"/subscriptions/{which}")), after=rng.randint(0, 60))


def _changes(rng: Random, made: Storm, tenant: Tenant) -> Iterator[Fault]:
    """Machines come and go between two pages. `tenant` still has those that an earlier storm left."""
    there = sorted(held.id for held in tenant.of_kind("microsoft.compute/virtualmachines"))
    # One at a time: that one came and one went between the same two pages, no count can tell.
    for after in rng.sample(range(13), rng.randint(1, 3)):
        name = f"vm-{rng.randint(0, 59):05d}-{made.seed}"
        if rng.random() < 0.5:
            what = _comes(name)
        else:
            gone = there.pop(rng.randrange(len(there)))
            name = gone.rpartition("/")[2]
            what = _goes(gone)
        made.changed.add(name)
        yield Fault("ResourceGraph/resources", what, after=after, in_body="virtualmachines")


def _comes(name: str) -> Change:
    row = machine(0)
    row |= {"id": row["id"].replace(row["name"], name), "name": name}
    return Change(lambda azure: azure.tenant.add(row))


def _goes(resource_id: str) -> Change:
    return Change(lambda azure: azure.tenant.remove(resource_id))


def collected_from(
    url: str,
    certificates: Path,
    out: Path,
    clock: FastClock,
    *,
    resume: bool,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> Collected:
    """Collect `TABLES` as whoever the environment says. Raises what `collect` raises."""
    place = Place(Cloud(url, url, url, url, ARM_AUDIENCES[0]), certificates)
    signed_in = RenewableCredential(lambda: credential("environment", place, sleep=clock.sleep))
    with connected(signed_in, place, clock) as connections:
        return collect(
            connections,
            Selection(tables=TABLES),
            out,
            opening=Opening("0", "everything", "2026-11-21T06:00:00Z"),
            clock=clock,
            resume=resume,
            on_progress=on_progress,
        )


def child() -> None:
    """A collection as a program: the arguments are the address, the certificates and the snapshot."""
    url, certificates, out = sys.argv[1:]
    collected_from(url, Path(certificates), Path(out), FastClock(), resume=False)


class Collector:
    """Somebody who collects a tenant into a folder."""

    def __init__(self, azure: Azure, folder: Path) -> None:
        self.azure = azure
        self.out = folder / "snapshot"

    def collects(self, *, resume: bool = False) -> Collected | None:
        """What came of it; None where no snapshot could be made. Fails where it does not end."""
        ended: list[Collected | BaseException] = []
        clock = FastClock()
        thread = Thread(target=lambda: ended.append(self._collected(clock, resume=resume)), daemon=True)
        thread.start()
        thread.join(LONGEST)
        if not ended:
            clock.stop()
            raise AssertionError("the collection hangs")
        (result,) = ended
        if isinstance(result, EvidenceError):
            return None
        if isinstance(result, BaseException):
            raise result
        return result

    def begins(self) -> "subprocess.Popen[bytes]":
        """The same in a process of its own."""
        return subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from collect.storms import child; child()",
                self.azure.url,
                self.azure.ca_file,
                self.out,
            ],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _collected(self, clock: FastClock, *, resume: bool) -> Collected | BaseException:
        try:
            return collected_from(self.azure.url, self.azure.ca_file, self.out, clock, resume=resume)
        except BaseException as problem:  # noqa: BLE001 - the other thread raises it
            return problem

    @property
    def snapshot(self) -> Snapshot:
        return open_snapshot(self.out)

    def rows(self) -> Rows:
        """The rows of each table; one that is there twice is a defect."""
        found: dict[str, frozenset[bytes]] = {}
        for table in TABLES:
            rows = list(self.snapshot.rows(table))
            found[table] = frozenset(rows)
            assert len(found[table]) == len(rows), f"{table} has a row twice"
        return found


def silently_lost(snapshot: Snapshot, rows: Rows, truth: Rows, changed: frozenset[str]) -> list[str]:
    """What is missing from the snapshot without a word in its manifest, and what is there and should not be."""
    wrong: list[str] = []
    for table in TABLES:
        gaps = _gaps(snapshot, table)
        for row in sorted(truth[table] ^ rows[table]):
            read = json.decode(row)
            if str(read.get("name")) in changed:
                continue
            if row in rows[table]:
                wrong.append(f"{table}: {row[:80]!r} is nobody's")
            elif not _is_named(gaps, str(read.get("id", ""))):
                wrong.append(f"{table}: {row[:120]!r} is lost, and the manifest names only {sorted(gaps)}")
    return wrong


def _gaps(snapshot: Snapshot, table: str) -> set[str]:
    """The scopes of a table that were not read whole, with those of the tables whose rows it was asked of.

    People are looked up by the ids that other tables name: that these have gaps is not said once more.
    """
    gaps = {o.scope for o in snapshot.entry(table).outcomes if o.outcome is not OutcomeKind.COMPLETE}
    return gaps.union(*(_gaps(snapshot, of) for of in BY_TABLE[table].of))


def _is_named(gaps: set[str], row_id: str) -> bool:
    """Whether a gap of the manifest covers a row: its subscription, or a scope that is not a subscription at all."""
    subscription = "/".join(row_id.lower().split("/")[:3])
    return any(
        scope == subscription or not scope.startswith("/subscriptions/") or row_id.lower().startswith(scope)
        for scope in gaps
    )
