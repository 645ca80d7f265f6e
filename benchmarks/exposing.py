"""How much work the exposure of one snapshot is, without reading it before or judging it after.

    python benchmarks/exposing.py SNAPSHOT

Prints CPU seconds as JSON: `load` for reading the estate, `expose` for every way in from public addresses, and `inside`
for every way from the inside, and everything that NSGs admit from public addresses, to the management ports.
"""

import gc
import json
import sys
import time
from itertools import pairwise
from pathlib import Path

from vmaudit.assess.doors import ports_in_question
from vmaudit.assess.reading import read_rules
from vmaudit.assess.settings import settings_in_force
from vmaudit.estate.reading import read_estate
from vmaudit.exposure.reach import expose
from vmaudit.shipped import rules_folder
from vmaudit.snapshot.reading import open_snapshot


def main(snapshot: Path) -> None:
    gc.disable()  # as in an audit (pipeline.py)
    rules = read_rules(rules_folder())
    ports, internet_wide = ports_in_question(rules), settings_in_force(rules).internet_wide_ipv4
    clock = [time.process_time()]
    estate = read_estate(open_snapshot(snapshot))
    clock.append(time.process_time())
    found = expose(estate, ports, internet_wide)
    clock.append(time.process_time())
    ways = sum(len(place.shared.ways) for exposure in found.values() for place in exposure.places)
    openings = sum(len(place.shared.openings) for exposure in found.values() for place in exposure.places)
    clock.append(time.process_time())
    load, public, inside = (round(later - earlier, 2) for earlier, later in pairwise(clock))
    paths = sum(len(exposure.paths) for exposure in found.values())
    figures = {"load": load, "expose": public, "inside": inside, "paths": paths, "ways": ways, "openings": openings}
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
