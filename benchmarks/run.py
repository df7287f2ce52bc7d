"""`make bench`: run every measurement, print one table, write var/bench.json.

A measurement is a module `benchmarks/<area>_<what>.py` with a function `rows()`; it returns a list made by
`benchmarks.rows.row()`.
`make bench ONLY=streaming` runs the modules of that area; `ONLY=streaming_beats` runs one. A module that cannot measure
on this machine raises `benchmarks.rows.CannotMeasure("sentence")`. The exit status says whether measuring worked, not what was measured.

Modules run one after another, each in a process of its own, with DATABASE_URL and REDIS_URL of servers that are used for
nothing else and a migrated database. They keep full durability: a commit costs here what it costs in production.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.rows import AREAS, CannotMeasure, print_table

ROOT = Path(__file__).resolve().parent.parent


def module_names(only: str) -> list[str]:
    """The measurements asked for, in the order of AREAS."""
    found = [path.stem for path in sorted((ROOT / "benchmarks").glob("*_*.py")) if path.stem.split("_")[0] in AREAS]
    found.sort(key=lambda name: AREAS.index(name.split("_")[0]))
    return [name for name in found if only in ("", name, name.split("_")[0])]


def main() -> int:
    if len(sys.argv) > 2 and sys.argv[1] == "--one":
        return _run_one(sys.argv[2], Path(sys.argv[3]))
    only = os.environ.get("ONLY", "")
    names = module_names(only)
    if not names:
        sys.exit(f"No measurement is called {only!r}. Areas: {', '.join(AREAS)}.")
    from embedded.servers import EmbeddedServers

    servers = EmbeddedServers(ROOT / "var" / "bench-servers", max_connections=200)
    if not servers.lock():
        sys.exit("Another measurement is running here.")
    for part in ("postgres", "valkey"):  # every run begins with an empty database
        shutil.rmtree(servers.folder / part, ignore_errors=True)
    found: list[dict[str, Any]] = []
    failed = False
    try:
        environment = {**os.environ, **servers.start(), "SMRT_LOCAL": "1", "DJANGO_SETTINGS_MODULE": "smrt_platform.settings"}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
        for name in names:
            print(f"measuring {name} …", flush=True)
            began, answer = time.monotonic(), ROOT / "var" / f"bench-{name}.json"
            answer.unlink(missing_ok=True)
            status = subprocess.run([sys.executable, "-m", "benchmarks.run", "--one", name, str(answer)], cwd=ROOT, env=environment).returncode
            if status or not answer.exists():
                failed = True
                print(f"  {name} could not measure", flush=True)
            else:
                found += json.loads(answer.read_text())
                answer.unlink()
            print(f"  {time.monotonic() - began:.0f} s", flush=True)
    finally:
        servers.stop()
    (ROOT / "var" / "bench.json").write_text(json.dumps(found, indent=1) + "\n")
    print_table(found)
    return 1 if failed else 0


def _run_one(name: str, answer: Path) -> int:
    module = importlib.import_module(f"benchmarks.{name}")
    try:
        answer.write_text(json.dumps(module.rows()))
    except CannotMeasure as error:
        print(f"  {error}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
