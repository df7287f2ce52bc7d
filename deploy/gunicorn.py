"""How the web service runs, everywhere: `make run` and the container read this file; the environment fits it to the machine."""

import gc
import os
from typing import Any

bind = os.environ.get("WEB_BIND") or f"0.0.0.0:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 8)
preload_app = True  # the workers share the memory of what is loaded once
timeout = 60
graceful_timeout = int(os.environ.get("WEB_GRACEFUL_S") or 25)
keepalive = 15  # longer than the proxy keeps a connection it may still use
max_requests, max_requests_jitter = 20_000, 2_000
forwarded_allow_ips = "*"  # only the proxy can reach this port; what it says of the client is counted by TRUSTED_PROXIES
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - a heartbeat file that must not wait for a disk


def when_ready(server: Any) -> None:
    """Before the workers are forked: what is loaded is left out of collections, whose marks would copy its pages into each worker."""
    gc.collect()
    gc.freeze()


loglevel = os.environ.get("WEB_LOG_LEVEL") or "info"
