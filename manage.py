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
# Of these, the ones that say more where a site runs.
BETTER_WITH_A_SITE = {"explain_rules"}


def has_servers() -> bool:
    return "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ


def var_folder() -> Path:
    return Path(os.environ.get("SMRT_VAR") or Path(__file__).resolve().parent / "var")


def join_running_servers() -> bool:
    """Use the embedded servers that run already, or those that are given; False when there are none."""
    from embedded.servers import running_urls

    if has_servers():
        return True
    urls = running_urls(var_folder())
    if not urls:
        return False
    os.environ.setdefault("SMRT_LOCAL", "1")
    os.environ.update({name: value for name, value in urls.items() if name not in os.environ})
    return True


def provide_servers() -> None:
    from embedded.processes import StartError
    from embedded.servers import EmbeddedServers

    if has_servers():
        return
    os.environ.setdefault("SMRT_LOCAL", "1")
    servers = EmbeddedServers(var_folder())
    try:
        while not servers.lock():
            if join_running_servers():
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
    if len(sys.argv) > 1 and sys.argv[1] in PURE and not (sys.argv[1] in BETTER_WITH_A_SITE and "--files" not in sys.argv and join_running_servers()):
        run_pure(PURE[sys.argv[1]])
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smrt_platform.settings")
    if len(sys.argv) > 1 and sys.argv[1] not in SERVERLESS:
        provide_servers()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
