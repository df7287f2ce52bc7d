"""What `make run` says while it works: one calm line for each step."""

from __future__ import annotations

import sys
import time
from types import TracebackType

NAME_WIDTH = 18


class Step:
    """A line `  name   what it did   1.2 s`; `detail` shows progress inside it.

    On a terminal the line is redrawn in place; in a log or a pipe each news is a line of its own.
    """

    def __init__(self, name: str):
        self.name = name
        self.result = "done"
        self.began = time.monotonic()
        self._alive = sys.stdout.isatty()
        self._shown_at = self.began

    def __enter__(self) -> Step:
        if self._alive:
            self._draw("…")
        return self

    def detail(self, text: str, *, every_s: float = 5.0) -> None:
        """Show progress. Away from a terminal at most one line each `every_s` seconds."""
        if self._alive:
            self._draw(text)
        elif time.monotonic() - self._shown_at >= every_s:
            self._shown_at = time.monotonic()
            print(f"  {self.name:<{NAME_WIDTH}}{text}", flush=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            if self._alive:
                print(flush=True)
            return
        seconds = time.monotonic() - self.began
        took = f"{seconds:.1f} s" if seconds >= 0.05 else ""
        text = f"  {self.name:<{NAME_WIDTH}}{self.result:<44}{took:>8}".rstrip()
        print(f"\r\x1b[2K{text}" if self._alive else text, flush=True)

    def _draw(self, text: str) -> None:
        print(f"\r\x1b[2K  {self.name:<{NAME_WIDTH}}{text[:60]}", end="", flush=True)


def say(text: str = "") -> None:
    print(text, flush=True)
