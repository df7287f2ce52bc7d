"""`make reset`: forget the site's data. Installed packages and unpacked browsers stay."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from embedded.servers import EmbeddedServers

ROOT = Path(__file__).resolve().parent.parent
KEPT = {"cache", "log", "lock"}


def main() -> int:
    var = Path(os.environ.get("SMRT_VAR") or ROOT / "var")
    if not var.exists():
        print("There is nothing to forget.")
        return 0
    servers = EmbeddedServers(var)
    if not servers.lock():
        print("The site is running here. End it with Ctrl-C first.")
        return 1
    for path in var.iterdir():
        if path.name in KEPT:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    print("The site's data are gone. `make run` begins anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
