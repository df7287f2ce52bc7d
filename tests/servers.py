"""Real Postgres and Valkey for the test run, started before Django reads its settings (a pytest plugin, see pyproject)."""

import atexit
import os
from pathlib import Path

from embedded.servers import EmbeddedServers

ROOT = Path(__file__).resolve().parent.parent

if "DATABASE_URL" not in os.environ:  # workers of a parallel run inherit the first process's servers
    _servers = EmbeddedServers(ROOT / "var" / "test-servers", throwaway=True, max_connections=400)
    os.environ.update(_servers.start())
    _owner = os.getpid()
    atexit.register(lambda: _servers.stop() if os.getpid() == _owner else None)
os.environ.setdefault("SECRET_KEY", "test-key-that-is-long-enough-to-be-accepted-by-the-settings")
os.environ.setdefault("SMRT_LOCAL", "1")
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
