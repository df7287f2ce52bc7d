"""Refusals of captions."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import DomainError

MOST_LISTED = 20


class CaptionsUnusable(DomainError):
    """`problems` are sentences, each with its place; all of them up to the first twenty."""

    code = "captions_unusable"

    def __init__(self, problems: str | Sequence[str]):
        self.problems = [problems] if isinstance(problems, str) else list(problems)[:MOST_LISTED]
        super().__init__("\n".join(self.problems))


class CaptionsChanged(DomainError):
    """Somebody else saved the captions while they were being edited."""

    code = "captions_changed"
