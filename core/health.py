"""Two answers for whoever watches the site: is this process alive, and can it do its work."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor, wait

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

LIMIT_S = 3.0


@never_cache
@require_safe
@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers at all; touches nothing else."""
    return JsonResponse({"alive": True})


@never_cache
@require_safe
@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database and broker answer within a few seconds, else 503. Says which part is away, never why."""
    pool = ThreadPoolExecutor(max_workers=2)
    checks = {"database": pool.submit(_ask_database), "broker": pool.submit(_ask_broker)}
    wait(checks.values(), timeout=LIMIT_S)
    pool.shutdown(wait=False, cancel_futures=True)
    parts = {}
    for name, check in checks.items():
        failure = check.exception() if check.done() else TimeoutError(f"no answer in {LIMIT_S} s")
        parts[name] = failure is None
        if failure is not None:
            logger.error("Not ready: %s: %s", name, failure)
    return JsonResponse({"ready": all(parts.values()), **parts}, status=200 if all(parts.values()) else 503)


def _ask_database() -> None:
    """On a connection of this thread's own, so that a database that hangs cannot hold the request."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _ask_broker() -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=LIMIT_S, socket_connect_timeout=LIMIT_S) as client:
        client.ping()
