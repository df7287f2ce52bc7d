"""What is wrong with a case, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """Where (`$.rules[0].required`), and a sentence on what to do about it."""

    path: str
    message: str


class NotACase(ValueError):
    """A text that cannot be read as a case; `fault` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.fault = Fault("$", message)
