"""What `vmaudit explain` says, as JSON, and the commands that it names."""

from vmaudit.addresses import port_texts, prefix_texts
from vmaudit.assess.az import command as az_command
from vmaudit.assess.az import quoted
from vmaudit.exposure.changes import Change
from vmaudit.exposure.explain import Explanation
from vmaudit.exposure.paths import Hop
from vmaudit.exposure.paths import Path as Way
from vmaudit.exposure.steps import Step
from vmaudit.exposure.what_if import WhatIf


def az(step: Step) -> str:
    """One command, quoted for a POSIX shell: names come from outside."""
    single = ((name, values[0]) for name, values in step.options if len(values) == 1)
    several = (f" {name} {' '.join(map(quoted, values))}" for name, values in step.options if len(values) > 1)
    return az_command(step.verb, step.resource, *single) + "".join(several)


def what_if_json(answer: WhatIf) -> dict[str, object]:
    """The one change and the verdict after it, or why there is none."""
    return {
        "before": answer.before,
        "after": answer.after,
        "change": _change_json(answer.change),
        "nearest": _change_json(answer.nearest),
        "remaining": answer.remaining,
        "stops": [_hop_json(hop) for hop in answer.stops],
    }


def _change_json(change: Change | None) -> dict[str, object] | None:
    return None if change is None else {"says": change.says, "commands": [az(step) for step in change.steps]}


def as_json(explanation: Explanation) -> dict[str, object]:
    """The explanation; `inside` are the ways from the inside, which the verdict is not about."""
    return {
        "vm": explanation.machine.id,
        "protocol": explanation.protocol.value,
        "port": explanation.port,
        "verdict": explanation.verdict,
        "open": [_path_json(path) for path in explanation.open],
        "closed": [
            {
                "network_interface": closed.network_interface,
                "ip_configuration": closed.ip_configuration,
                "hops": [_hop_json(hop) for hop in closed.hops],
            }
            for closed in explanation.closed
        ],
        "blind_spots": list(explanation.blind_spots),
        "inside": [_path_json(path) for path in explanation.inside],
    }


def _path_json(path: Way) -> dict[str, object]:
    packet = path.witness
    return {
        "origin": {"kind": path.origin.kind.value, "id": path.origin.id},
        "reach": path.reach.value,
        "certainty": path.certainty.value,
        "ports": list(port_texts(path.ports)),
        "sources": list(prefix_texts(path.sources)),
        "hops": [_hop_json(hop) for hop in path.hops],
        "witness": {
            "protocol": packet.protocol.value,
            "source": f"{packet.source}",
            "source_port": packet.source_port,
            "destination": packet.destination,
            "destination_port": packet.destination_port,
            "private_address": packet.private_address,
            "private_port": packet.private_port,
        },
        "blind_spots": list(path.blind_spots),
        "assumptions": list(path.assumptions),
    }


def _hop_json(hop: Hop) -> dict[str, object]:
    return {
        "resource": hop.resource,
        "decision": hop.decision,
        "code": hop.code.value,
        "rule": hop.rule,
        "priority": hop.priority,
        "says": hop.says,
    }
