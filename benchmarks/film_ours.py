"""Our pipeline on one film, by itself: `python -m benchmarks.film_ours FILM FOLDER`.

Makes every piece in the order a worker would, two at a time, with nothing of the site around it: no jobs, no database. A
process of its own, so that its processor time can be told from everybody else's. What it took, from the probe to the last
piece, is in cost.json: workers are up when a film comes, as the peers' are.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

WORKERS = 2


def plan_of(film: Path) -> Any:
    """At the rungs of the peers, so that all make the same; the site's own ladder leaves out 144."""
    from streaming.pipeline.plan import SIX_RUNGS, plan_for
    from streaming.pipeline.probe import probe_file

    return plan_for(probe_file(film), ladder=SIX_RUNGS)


def make(film: Path, folder: Path) -> None:
    """Every file of a release in `folder`/release, and the facts of each piece in facts.json."""
    from streaming.pipeline.encode import encode_piece
    from streaming.pipeline.pieces import pieces_of

    alone = folder / "in"
    alone.mkdir(parents=True)
    source = alone / "source"
    os.link(film, source)
    plan, release = plan_of(source), folder / "release"

    def one(spec: Any) -> Any:
        place = folder / f"piece-{spec.number}"
        place.mkdir()
        facts = encode_piece(plan, spec, source, place, lambda share: None)
        for path in place.rglob("*.*"):
            target = release / path.relative_to(place)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        return facts

    with ThreadPoolExecutor(WORKERS) as pool:
        facts = list(pool.map(one, pieces_of(plan)))
    (folder / "facts.json").write_text(json.dumps(facts))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("film", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    import django

    django.setup()
    shutil.rmtree(given.folder, ignore_errors=True)
    began, used = time.monotonic(), _cpu_s()
    make(given.film, given.folder)
    (given.folder / "cost.json").write_text(json.dumps({"wall_s": time.monotonic() - began, "cpu_s": _cpu_s() - used}))


def _cpu_s() -> float:
    """User and system time of this process and of those it waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


if __name__ == "__main__":
    main()
