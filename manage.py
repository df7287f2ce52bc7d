#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL it joins the embedded servers, or starts them for its own duration."""

import atexit
import os
import sys
import time
from pathlib import Path

# Commands that need neither database nor broker.
SERVERLESS = {"makemessages", "compilemessages", "startapp", "help", "--help", "--version"}
# Commands that compute only: no server, no settings, no variable.
PURE = {name: f"credits.management.commands.{name}" for name in ("check_rules", "evaluate_standing", "explain_rules", "verify_audit_pack")}


def provide_servers() -> None:
    from embedded.processes import StartError
    from embedded.servers import EmbeddedServers, running_urls

    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return
    os.environ.setdefault("SMRT_LOCAL", "1")
    folder = Path(os.environ.get("SMRT_VAR") or Path(__file__).resolve().parent / "var")
    servers = EmbeddedServers(folder)
    try:
        while not servers.lock():
            if urls := running_urls(folder):
                os.environ.update({name: value for name, value in urls.items() if name not in os.environ})
                return
            time.sleep(0.2)  # whoever holds the folder is still starting, or stopping
        urls = servers.start()
    except StartError as error:
        sys.exit(str(error))
    atexit.register(servers.stop)
    os.environ.update({name: value for name, value in urls.items() if name not in os.environ})


def run_pure(module: str) -> None:
    from importlib import import_module

    from django.conf import settings

    settings.configure()
    import_module(module).Command().run_from_argv(sys.argv)


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] in PURE:
        run_pure(PURE[sys.argv[1]])
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smrt_platform.settings")
    if len(sys.argv) > 1 and sys.argv[1] not in SERVERLESS:
        provide_servers()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
