"""A cache that may be away: pages go on without it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

REST_S = 5.0


class ForgivingRedisCache(RedisCache):
    """Redis that answers "not there" when it cannot be reached, so that a restart of it fails no page.

    Only rate limits live in the cache: while it is away they let people through, and the log says so. After a failure it
    is left alone for a few seconds, so that requests do not all wait for it in turn.
    """

    _rests_until = 0.0

    def _try(self, action: Callable[[], Any], otherwise: Any) -> Any:
        if time.monotonic() < self._rests_until:
            return otherwise
        try:
            return action()
        except (RedisError, OSError) as error:
            ForgivingRedisCache._rests_until = time.monotonic() + REST_S
            logger.error("The cache does not answer (%s): rate limits are off until it does.", error)
            return otherwise

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(ForgivingRedisCache, self).add(*args, **kwargs), True))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(self._try(lambda: super(ForgivingRedisCache, self).get_many(*args, **kwargs), {}))

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).set(*args, **kwargs), None)

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        return list(self._try(lambda: super(ForgivingRedisCache, self).set_many(*args, **kwargs), []))

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(ForgivingRedisCache, self).touch(*args, **kwargs), False))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(ForgivingRedisCache, self).delete(*args, **kwargs), False))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).delete_many(*args, **kwargs), None)

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(ForgivingRedisCache, self).has_key(*args, **kwargs), False))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(self._try(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta))

    def clear(self) -> bool:  # type: ignore[override]  # the backend's answer is a bool
        return bool(self._try(lambda: super(ForgivingRedisCache, self).clear(), False))
