"""Faults on request. A count is used up by the requests it hits; latency stays until it is set to 0."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

NAMES = ("latency_ms", "rate_limit", "fail_before", "fail_after", "drop_after")


@dataclass
class Fault:
    name: str
    value: int  # how many requests are hit; for latency_ms, the milliseconds
    path: str = ""  # only paths that begin so
    method: str = ""
    remembered: bool = True  # of fail_after: replay the 500 to its idempotency key, as Stripe does

    def meets(self, name: str, method: str, path: str) -> bool:
        return self.name == name and self.value > 0 and path.startswith(self.path) and self.method in ("", method)


class Knobs:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def set(self, faults: list[Fault]) -> None:
        """A fault of the same name, path and method is replaced."""
        for fault in faults:
            if fault.name not in NAMES:
                raise ValueError(f"No knob is called {fault.name}; there are {', '.join(NAMES)}.")
            with self._lock:
                same = (fault.name, fault.path, fault.method)
                self._faults = [old for old in self._faults if (old.name, old.path, old.method) != same]
                self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, name: str, method: str, path: str) -> Fault | None:
        """The fault this request meets, counted down."""
        with self._lock:
            for fault in self._faults:
                if fault.meets(name, method, path):
                    if name != "latency_ms":
                        fault.value -= 1
                    return fault
        return None

    def latency_s(self, method: str, path: str) -> float:
        fault = self.take("latency_ms", method, path)
        return fault.value / 1000 if fault else 0


@dataclass
class WebhookKnobs:
    """What happens to webhooks. Counts are used up; `types` limits all of it to these event types (empty: every type)."""

    hold: bool = False  # keep new deliveries until `release`
    shuffle: bool = False  # send what is due in random order
    duplicate: int = 0  # send each event this many times more
    drop: int = 0  # lose the next n deliveries for good
    delay_s: float = 0  # send later, on the stand-in's clock
    wrong_secret: int = 0  # sign the next n tries with a foreign secret
    timestamp_offset_s: int = 0  # sign as if it were earlier (negative) or later
    types: list[str] = field(default_factory=list)

    def apply_to(self, type: str) -> bool:
        return not self.types or type in self.types
