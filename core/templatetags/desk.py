from __future__ import annotations

from typing import Any

from django import template

from core.desk import DeskGroup, navigation_for

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_navigation(context: dict[str, Any]) -> list[DeskGroup]:
    """The desk pages open to the viewer, by group; nothing for a stranger."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return []
    return navigation_for(request.user, request.path)
