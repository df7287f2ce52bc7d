"""The stand-in's time: it runs like the wall's and can be set, so that a month of renewals takes a second."""

from __future__ import annotations

import time

DAY_S = 86_400


class Clock:
    def __init__(self, offset_s: float = 0) -> None:
        self.offset_s = offset_s

    def now(self) -> int:
        """Unix seconds."""
        return int(self.exact())

    def exact(self) -> float:
        return time.time() + self.offset_s

    def set(self, at: float) -> None:
        self.offset_s = at - time.time()
