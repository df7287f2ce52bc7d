"""What other apps show on a person's desk page: accounts sits below them and cannot ask.

An app registers a panel once, in `AppConfig.ready()`: a title, a template and a function that loads its context for a
person with a constant number of queries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import User


@dataclass(frozen=True)
class Panel:
    title: Any
    template: str
    load: Callable[[User], dict[str, Any]]
    order: int


_panels: dict[str, Panel] = {}


def register(title: Any, template: str, *, load: Callable[[User], dict[str, Any]], order: int = 50) -> None:
    _panels[template] = Panel(title, template, load, order)


def panels_for(person: User) -> list[dict[str, Any]]:
    """Each panel with what it shows about `person`, in order."""
    ordered = sorted(_panels.values(), key=lambda panel: (panel.order, panel.template))
    return [{"title": panel.title, "template": panel.template, "data": panel.load(person)} for panel in ordered]
